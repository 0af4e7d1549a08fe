/** Whether a workflow of GitHub runs us. */
export function onGitHub(): boolean {
  return process.env.GITHUB_ACTIONS === 'true';
}
