import { afterAll, describe, expect, test } from 'vitest';
import { theyHold } from './_holds.ts';
import { closeThreads, explore } from './explore.ts';

afterAll(closeThreads);

describe('a pool', () => {
  theyHold('pool', [
    ['a worker that parks hears of every task', 'oneByOne'],
    ['tasks for which there is no slot follow', 'backlog'],
    ['a task by message and one in the queue are both run', 'assigned'],
    ['in either order', 'claimedByMessage'],
    ['the only thread is sent tasks ahead, and begins them in order', 'sentAhead'],
    ['also several', 'bothSentAhead'],
    ['what is queued already comes first', 'notSentAhead'],
    ['a cancelled one that was sent ahead leaves its slot', 'cancelledAhead', 2, 0],
    ['no task waits while a thread is parked', 'atOnce', 2, 0],
    ['whoever is woken for a task that another one took is parked again', 'oneForTwo', 2, 0],
    ['a thread that is given a task between two others claims none', 'assignedBetween'],
    ['a cancelled task leaves its slot, queued or running', 'cancelledInQueue'],
    ['so does one by message', 'cancelledOnItsWay', 2, 0],
    ['also beside another task', 'cancelled', 2, 0],
    ['and with that by message', 'cancelledMessage', 0],
    ['a worker that retires leaves its wake-up to another', 'retired'],
    ['a worker that dies fails its task if it had claimed it', 'lastWorkerDies'],
    ['or if it was given it by message', 'lastWorkerDiesAssigned'],
    ['a task that it had not claimed is run by another worker', 'workerDies', 2, 0],
    ['also one by message', 'workerDiesAssigned', 2, 0],
    ['and none of two is lost', 'workerDiesWithTwo', 0],
  ]);

  test('a task by message is given to an idle thread, or claimed from the queue', async () => {
    const { outcomes } = await explore(new URL('./scenarios/pool.ts#assigned', import.meta.url), { preemptions: 1 });
    expect([...outcomes.keys()].sort()).toEqual(['[[0,["asked for"]]]', '[[0,["assigned"]]]']);
  });
});
