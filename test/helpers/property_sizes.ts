import { fc } from '@fast-check/vitest';

// A bound written on a list is what it may come up to. By default lists of any bound end at ten elements, and histories
// of ten steps find little.
fc.configureGlobal({ ...fc.readConfigureGlobal(), defaultSizeToMaxWhenMaxSpecified: true });
