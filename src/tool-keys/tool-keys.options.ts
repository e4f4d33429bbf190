import type { Type } from '@nestjs/common';
import type { TaskResolver } from './task-resolver.js';

/** What an application decides about tool keys. */
export interface ToolKeysModuleOptions {
  /** The most active tool keys of one task, 100 unless given. */
  readonly maxPerTask?: number;
  /** The most active tool keys of one owner, 10,000 by default. */
  readonly maxPerOwner?: number;
  /** The most tool keys that may be asked for of one task in a minute, 600 by default; each process counts by itself. */
  readonly maxPerTaskAndMinute?: number;
  /** The most heartbeats of one key within its `heartbeatSeconds`, 5 by default; each process counts by itself. */
  readonly maxHeartbeatsPerInterval?: number;
}

/** What has to be known before the options are, so it stands beside `useFactory` in `forRootAsync`. */
export interface ToolKeysModuleExtras {
  /** Tells whose a task is; every owner has its own unless given. Made by Nest, and may inject what is global. */
  readonly taskResolver?: Type<TaskResolver>;
}
