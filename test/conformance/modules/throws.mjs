import { workerData } from 'node:worker_threads';
import { arrive } from '../_gates.mjs';

if (workerData?.gates) arrive(workerData.gates, 0);

throw Object.assign(new RangeError('Cannot find the settings'), { code: 'E_SETTINGS' });
