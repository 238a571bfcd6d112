import { theyHold } from './_holds.ts';

theyHold('channel', [
  ['more messages than there is room for go through, in their order', 'blocking'],
  ['also in event loops', 'inLoops'],
  ['and with two places', 'twoPlaces'],
  ['two senders both get the one place in the end', 'twoSenders'],
  ['two receivers each get one of two messages', 'twoReceivers'],
  ['what was sent before it was closed is received, then the end', 'closed'],
  ['what counts as sent is received although another thread closes it meanwhile', 'closedUponOne'],
  ['also while there is room', 'closedUponTwo'],
  ['the end reaches all receivers', 'closedToTwo'],
  ['a receive that is cancelled at any step has taken nothing', 'receiveCancelled'],
  ['and takes no wake-up with it', 'receiveCancelledOfTwo', 2, 0],
  ['a send that is cancelled at any step has sent nothing', 'sendCancelled', 2, 0],
  ['one that only looks takes nothing', 'observed'],
  ['a sender that dies at any step has sent or not, and holds up nobody', 'senderOfNumberDies'],
  ['also with a message that lies elsewhere', 'senderOfBlockDies', 2, 0],
  ['a receiver that dies at any step takes at most one message along', 'receiverOfNumberDies'],
  ['and leaves no memory behind', 'receiverOfBlockDies'],
  ['a thread that dies while it waits takes no wake-up with it', 'waiterDies', 2, 0],
  ['nor does one that waits to send', 'waitingSenderDies', 2, 0],
  ['a thread that dies while it closes has closed it or not', 'closerDies'],
]);
