// Runs the course, beside the page. The first message brings the module; each other one brings a request, an array of words,
// and gets an answer. What the module exports is described in reader/src/lib.rs.

const text = new TextDecoder();
let course;
let said = '';

const read = (address, length) => text.decode(new Uint8Array(course.memory.buffer, address, length));

/// A panic says why before it traps.
const imports = { page: { says: (address, length) => (said = read(address, length)) } };

function ask(words) {
    const request = new TextEncoder().encode(JSON.stringify(words));
    const at = course.alloc(request.length);
    new Uint8Array(course.memory.buffer, at, request.length).set(request);
    // The length above the address.
    const answer = BigInt.asUintN(64, course.call(at, request.length));
    course.free(at, request.length);
    const [address, length] = [Number(answer & 0xffffffffn), Number(answer >> 32n)];
    const json = read(address, length);
    course.free(address, length);
    return JSON.parse(json);
}

onmessage = ({ data }) => {
    try {
        if (data.module) {
            course = new WebAssembly.Instance(data.module, imports).exports;
            course.start();
            return;
        }
        const begun = performance.now();
        const answer = ask(data.words);
        postMessage({ answer, milliseconds: performance.now() - begun });
    } catch (error) {
        postMessage({ trap: said || String(error) });
    }
};
