import type { Owner } from '../report/staging.ts';

/** This process. */
export const processOwner: Owner = {
  id: process.pid,
  isAlive(id) {
    try {
      process.kill(id, 0);
      return true;
    } catch (thrown) {
      // It lives, and belongs to somebody else.
      return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
    }
  },
};
