import { theyHold } from './_holds.ts';

theyHold('topic', [
  ['publishers wait for a subscription that must not miss anything', 'blocks'],
  ['two of them get the same', 'twoSubscribers', 2, 0],
  ['both hear that it is closed', 'closedForTwo'],
  ['two publish, and both arrive', 'twoPublishers'],
  ['one that drops gets whole messages in order, and counts the others', 'dropsOldest'],
  ['also if it wants only the latest', 'keepsLatest'],
  ['whoever subscribes meanwhile misses nothing from then on', 'subscribesLater'],
  ['nor of what is replayed', 'subscribesWithReplay'],
  ['what counts as published is received although another thread closes it meanwhile', 'closedUpon', 2, 0],
  ['a publish that is cancelled at any step has reached nobody', 'publishCancelled'],
  ['publishers go on when a subscription is disposed', 'unsubscribes'],
  ['and when its thread dies at any step', 'subscriberDies', 2, 0],
  ['or while it subscribes', 'dyingSubscribes', 2, 0],
  ['a publisher that dies at any step holds up nobody', 'publisherDies', 2, 0],
]);
