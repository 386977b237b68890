// Answers requests with the module of the pages, outside of any page: arrays of words come in, answers go out, a line each.
//
//     node answers.mjs MODULE WORKER < REQUESTS

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createContext, runInContext } from 'node:vm';

const [module, worker] = process.argv.slice(2);
const postMessage = (message) => console.log(JSON.stringify(message));
const context = createContext({ TextDecoder, TextEncoder, Uint8Array, WebAssembly, performance, postMessage });
runInContext(readFileSync(worker, 'utf8'), context);
context.onmessage({ data: { module: new WebAssembly.Module(readFileSync(module)) } });
for await (const line of createInterface({ input: process.stdin })) context.onmessage({ data: { words: JSON.parse(line) } });
