import { afterAll } from 'vitest';
import { theyHold } from './_holds.ts';
import { closeThreads } from './explore.ts';

afterAll(closeThreads);

theyHold('topic', [
  ['publishers wait for a subscription that must not miss anything', 'blocks'],
  ['two of them get the same', 'twoSubscribers', 0],
  ['two publish, and both arrive', 'twoPublishers', 1],
  ['one that drops gets whole messages in order, and counts the others', 'dropsOldest', 1],
  ['also if it wants only the latest', 'keepsLatest', 1],
  ['whoever subscribes meanwhile misses nothing from then on', 'subscribesLater', 1],
  ['nor of what is replayed', 'subscribesWithReplay', 1],
  ['what counts as published is received although another thread closes it meanwhile', 'closedUpon', 0],
  ['a publish that is cancelled at any step has reached nobody', 'publishCancelled', 1],
  ['publishers go on when a subscription is disposed', 'unsubscribes'],
  ['and when its thread dies at any step', 'subscriberDies', 0],
  ['or while it subscribes', 'dyingSubscribes', 0],
  ['a publisher that dies at any step holds up nobody', 'publisherDies', 0],
]);
