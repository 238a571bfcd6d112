/** A listener that throws, without `onError`: prints what is uncaught then, and what the listener still hears. */
import process from 'node:process';
import { Topic } from '../../src/channel/topic.ts';
import '../support/install-runtime.ts';

process.on('uncaughtException', (error) => console.log(`uncaught: ${String(error)}`));
const topic = new Topic<string>({ capacity: 2 });
const listening = topic.subscribe().listen((message) => {
  if (message === 'throw') throw new Error('thrown');
  console.log(message);
});
await topic.publish('throw');
await topic.publish('heard');
topic.close();
await listening;
