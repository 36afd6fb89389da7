declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** Times in milliseconds that tables spend in CREATING, DELETING and UPDATING. */
  interface Options {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }

  function dynalite(options?: Options): Server;
  export = dynalite;
}
