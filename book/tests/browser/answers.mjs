// Answers requests with the module of the pages, outside of any page: arrays of words come in, answers go out, a line each.
//
//     node answers.mjs MODULE WORKER < REQUESTS

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createContext, runInContext } from 'node:vm';

const [module, worker] = process.argv.slice(2);
let begun;
/// With the processor's time in milliseconds, which does not depend on what else the machine does.
const postMessage = (message) => {
    const { user, system } = process.cpuUsage(begun);
    console.log(JSON.stringify({ ...message, processor: (user + system) / 1000 }));
};
const context = createContext({ TextDecoder, TextEncoder, Uint8Array, WebAssembly, performance, postMessage });
runInContext(readFileSync(worker, 'utf8'), context);
context.onmessage({ data: { module: new WebAssembly.Module(readFileSync(module)) } });
for await (const line of createInterface({ input: process.stdin })) {
    const words = JSON.parse(line);
    begun = process.cpuUsage();
    context.onmessage({ data: { words } });
}
