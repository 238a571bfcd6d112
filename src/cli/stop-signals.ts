/** What asks the command to stop. */
import type { ProcessSignal } from '../lifecycle/process-signals.ts';

export const STOP_SIGNALS: readonly ProcessSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
