/** The name all instances of a trial are registered under. */
export const SERVICE = 'trial';
