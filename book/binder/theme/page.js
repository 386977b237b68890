// Lets the reader run what a page shows. Nothing is loaded before the first run: then a script brings the course, which runs
// in a worker, one request at a time. `words` and `seed` stand before this file in the book: what is said in the language of
// the book, and a seed that it does not print.

const here = document.currentScript.src;

/// A phrase of the page, with names in braces filled in. The binder finds the phrases by this name.
function say(phrase, values = {}) {
    return (words[phrase] ?? phrase).replace(/\{(\w+)\}/g, (name, key) => values[key] ?? name);
}

/// "support-vectors-dominate" as words.
const spoken = (id) => id.replaceAll('-', ' ').replace(/^./, (first) => first.toUpperCase());

/// An element with properties and children.
function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
}

const html = (tag, className, innerHTML) => make(tag, { className, innerHTML });

// ---- The course -------------------------------------------------------------------------------------

let loaded;
let worker = null;
let turn = Promise.resolve();

/// The module, the worker's script, the numbers of the book and the sample tables.
function load() {
    loaded ??= new Promise((done, fail) => {
        const script = make('script', { src: new URL('course.js', here).href, onload: () => done(unpacked()) });
        script.onerror = () => fail(new Error(say('The course could not be loaded.')));
        document.head.append(script);
    });
    return loaded;
}

async function unpacked() {
    const { module, worker, printed, samples } = globalThis.theoremcheck;
    if (!globalThis.DecompressionStream) throw new Error(say('This browser is too old to unpack the course.'));
    const packed = new Blob([Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0))]);
    const bytes = await new Response(packed.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
    const script = URL.createObjectURL(new Blob([worker], { type: 'text/javascript' }));
    return { module: await WebAssembly.compile(bytes), script, printed, samples };
}

/// What has become of a request when its turn has come: an answer with its time, or a trap. Whoever stops it is told by the
/// rejection of the promise.
function ask(request, signal) {
    const asked = turn.then(async () => {
        const { module, script } = await load();
        signal.throwIfAborted();
        if (!worker) {
            worker = new Worker(script);
            worker.postMessage({ module });
        }
        return new Promise((done, fail) => {
            // What broke off or was stopped leaves nothing to go on with.
            const end = () => {
                worker.terminate();
                worker = null;
            };
            worker.onmessage = ({ data }) => {
                signal.onabort = null;
                if (data.trap) end();
                done(data);
            };
            signal.onabort = () => {
                end();
                fail(signal.reason);
            };
            worker.postMessage({ words: request });
        });
    });
    turn = asked.catch(() => {});
    return asked;
}

// ---- What is said of a run --------------------------------------------------------------------------

/// A verdict in its colour.
function judged(verdict) {
    const className = verdict.replaceAll(' ', '-');
    return make('span', { className, textContent: say(verdict) });
}

const number = /\d+(\.\d+)?/g;
const withoutNumbers = (label) => label.replace(number, '0');

/// The numbers in a label, in the order in which a formula has them.
function numbersOf(label) {
    const alone = label.replace(/[⁰¹²³⁴-⁹₀-₉]/g, (index) => ` ${index.normalize('NFKC')} `);
    const powers = alone.replace(/(?<![\d.])1e(?=-?\d)/g, '10 ').replace(/(?<=\d)e(?=-?\d)/g, ' 10 ');
    return powers.match(number) ?? [];
}

/// How the book sets the labels of its own tables, by what they say and by what of it is left without numbers.
let settings = null;

/// A claim's label, with formulas where the book has it, perhaps with other numbers, and as text where not.
function labelled(element, what, text) {
    settings ??= new Map(
        Array.from(document.querySelectorAll('th[data-claim]'), ({ dataset: { claim }, innerHTML }) =>
            [claim, withoutNumbers(claim)].map((key) => [key, { claim, innerHTML }]),
        ).flat(),
    );
    const { claim, innerHTML } = settings.get(what) ?? settings.get(withoutNumbers(what)) ?? {};
    if (!claim) return Object.assign(element, { textContent: text });
    element.innerHTML = innerHTML;
    if (claim === what) return element;
    const [theirs, ours] = [numbersOf(claim), numbersOf(what)];
    const met = [];
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const { currentNode } = texts;
        currentNode.data = currentNode.data.replace(number, (theirs) => ours[met.push(theirs) - 1] ?? theirs);
    }
    // A number that is set in another way has no place here.
    if (ours.length !== theirs.length || met.join() !== theirs.join()) element.textContent = text;
    return element;
}

/// The claims as the book has them.
function table(rows, caption) {
    const line = ({ what, text, measured, relation, predicted, slack, reason, empirical, used, verdict }) =>
        make(
            'tr',
            {},
            labelled(make('th', { scope: 'row' }), what, text),
            make('td', {}, html('span', 'measured', measured)),
            make('td', {}, relation === '=' ? '' : `${relation} `, html('span', 'predicted', predicted)),
            make('td', { innerHTML: slack }, make('br'), make('span', { className: empirical ? 'reason empirical' : 'reason', textContent: say(reason) })),
            make('td', { innerHTML: used }),
            make('td', {}, judged(verdict)),
        );
    const heads = [say('Claim'), say('measured'), say('predicted'), say('slack'), say('share of slack used'), say('verdict')];
    const evidence = make(
        'table',
        { className: 'evidence' },
        make('caption', { textContent: caption }),
        make('thead', {}, make('tr', {}, ...heads.map((textContent) => make('th', { scope: 'col', textContent })))),
        make('tbody', {}, ...rows.map(line)),
    );
    return region(say('Evidence: {caption}', { caption }), evidence);
}

/// What may be wider than the page scrolls, by the keyboard as well.
function region(ariaLabel, ...children) {
    return make('div', { className: 'scroll', tabIndex: 0, role: 'region', ariaLabel }, ...children);
}

// ---- Runs -------------------------------------------------------------------------------------------

/// Sends what `request` makes whenever the form is sent, and shows the answer: `show` fills the place for it and gives what the
/// status says. While it runs a button stops it.
function runs(form, request, show) {
    const status = form.querySelector('[role=status]');
    const [start, stop] = form.querySelectorAll('.start, .stop');
    const place = form.querySelector('.ran');
    let running = null;
    stop.onclick = () => running.abort();
    form.onsubmit = async (event) => {
        event.preventDefault();
        running = new AbortController();
        start.disabled = true;
        stop.hidden = false;
        place.replaceChildren();
        status.textContent = say('It runs.');
        try {
            const { answer, milliseconds, trap } = await ask(request(), running.signal);
            if (trap) throw new Error(say('The course broke off: {message}', { message: trap }));
            if (answer.error) throw new Error(answer.error);
            status.replaceChildren(...(await show(answer, `${(milliseconds / 1000).toPrecision(2)} s`, place)));
        } catch (error) {
            const stopped = running.signal.aborted;
            status.replaceChildren(stopped ? say('Stopped.') : make('span', { className: 'fails', textContent: error.message }));
        }
        stop.hidden = true;
        start.disabled = false;
    };
}

/// A number with all of its digits, as HTML.
function typeset(x) {
    const [digits, exponent] = x.toExponential().split('e');
    return (Math.abs(exponent) < 4 ? String(x) : `${digits} × 10<sup>${Number(exponent)}</sup>`).replaceAll('-', '−');
}

/// To one digit.
const rough = (x) => typeset(Number(x.toPrecision(1)));

/// How far a run is from that of the book with the same seed.
function compared(claims, printed) {
    const differences = claims.flatMap(({ measured, predicted, slack }, i) =>
        [Math.abs(measured - printed[i][0]), Math.abs(predicted - printed[i][1])].map((size) => ({ size, share: size / slack })),
    );
    const { size, share } = differences.reduce((a, b) => (b.share > a.share ? b : a));
    if (size === 0) return say('Equal to the run of the book to the last digit.');
    const [difference, percent] = [size, 100 * share].map(rough);
    const said = say('The largest difference to the run of the book is {difference}, {percent} % of the slack.', { difference, percent });
    return html('span', '', said);
}

const fact = (innerHTML) => html('p', 'facts', innerHTML);

/// Whether a hypothesis holds, and how that is known.
const finding = ({ id, holds, detail }) => [judged(holds ? 'holds' : 'fails'), ` ${spoken(id)}: ${detail}`];

/// What a control refutes.
function refutation({ what, text, measured, relation, predicted, used }, step) {
    const not = { '=': say('{predicted}'), '≤': say('at most {predicted}'), '≥': say('at least {predicted}') }[relation];
    return fact(
        say('{refutes} {step}: “{claim}” is {measured} and not {predicted}, off by {ratio} times its slack.', {
            refutes: html('span', 'fails', say('Refutes')).outerHTML,
            step: step.replaceAll('-', ' '),
            claim: labelled(make('span'), what, text).innerHTML,
            measured: html('span', 'measured', measured).outerHTML,
            predicted: not.replace('{predicted}', html('span', 'predicted', predicted).outerHTML),
            ratio: used,
        }),
    );
}

for (const place of document.querySelectorAll('.run-here')) {
    const { part, name } = place.dataset;
    const [theorem, id] = part.split('::');
    const field = make('input', { value: seed, size: 20, inputMode: 'numeric', spellcheck: false, autocomplete: 'off' });
    const form = make(
        'form',
        {},
        make(
            'p',
            {},
            make('label', {}, `${say('Seed')} `, field),
            make('button', { className: 'start', textContent: say('Run it here') }),
            make('button', { className: 'stop', type: 'button', hidden: true, textContent: say('Stop') }),
            make('span', { className: 'facts', role: 'status' }),
        ),
        make('div', { className: 'ran' }),
    );
    place.append(form);
    Object.assign(place, { role: 'group', ariaLabel: say('Run it here: {name}', { name }) });
    runs(
        form,
        () => ['check', theorem, id, field.value],
        async ({ seed, evidence, hypotheses, rows, refuted }, time, shown) => {
            const { claims, controls } = evidence;
            const failing = hypotheses.filter(({ holds }) => !holds);
            shown.append(
                ...failing.map((hypothesis) => make('p', { className: 'facts' }, ...finding(hypothesis))),
                ...controls.map(({ refutes }) => (refuted ? refutation(refuted, refutes) : fact(say('{step} survives.', { step: refutes })))),
                table(rows, say('{name}, seed {seed}, run in this page.', { name, seed })),
            );
            const printed = (await load()).printed[part][seed];
            return [
                judged(evidence.holds ? 'holds' : 'fails'),
                `: ${say('seed {seed}, {time}.', { seed, time })} `,
                printed ? compared(controls[0]?.instead ?? claims, printed) : '',
            ];
        },
    );
}

// ---- Runs on the reader's data ----------------------------------------------------------------------

/// What is put into the form at once; what is longer is kept beside it.
const SHOWN = 300_000;

/// The table of a form: as it is typed, or a file that is too long to be shown.
function tableOf(form) {
    const field = form.querySelector('textarea');
    if (!field) return () => ['', ''];
    let name = 'table.csv';
    let hidden = null;
    const put = (file, text) => {
        name = file;
        hidden = text.length > SHOWN ? text : null;
        field.value = hidden ? say('# {file}, which is too long to be shown', { file }) : text;
    };
    const open = async ([file]) => file && put(file.name, await file.text());
    field.oninput = () => (hidden = null);
    // Beside the field too: the browser would leave the page for a file that misses it.
    form.ondragover = (event) => event.dataTransfer.types.includes('Files') && event.preventDefault();
    form.ondrop = (event) => {
        if (!event.dataTransfer.files.length) return;
        event.preventDefault();
        open(event.dataTransfer.files);
    };
    const chosen = form.querySelector('input[type=file]');
    chosen.onchange = () => open(chosen.files);
    const sample = form.querySelector('.sample');
    sample.onclick = async () => {
        const path = sample.dataset.sample;
        put(path, (await load()).samples[path]);
    };
    return () => [name, hidden ?? field.value];
}

/// The options that are set, as the command takes them: a switch without a text.
function optionsOf(form) {
    const set = {};
    for (const { name, type, value, checked, selectedIndex } of form.querySelectorAll('[name]')) {
        if (type === 'checkbox' ? checked : selectedIndex === undefined ? value.trim() : selectedIndex > 0) {
            set[name] = type === 'checkbox' ? '' : value.trim();
        }
    }
    return set;
}

/// Runs once more, with other options.
function again(form, options) {
    const onclick = () => {
        for (const field of form.querySelectorAll('[name]')) {
            const option = options[field.name];
            if (field.type === 'checkbox') field.checked = option !== undefined;
            else if (field.options && !option) field.selectedIndex = 0;
            else field.value = option ?? '';
        }
        form.requestSubmit();
    };
    const typed = Object.entries(options).map(([name, value]) => `--${name} ${value}`.trim());
    return make('button', { type: 'button', textContent: say('Run it with {options}', { options: typed.join(' ') }), onclick });
}

/// Names and values.
function entries(title, { values, details }) {
    if (!values.length) return [];
    const rows = values.map(([name, value]) => make('tr', {}, make('th', { scope: 'row', textContent: name }), make('td', { textContent: value })));
    const caption = make('caption', { textContent: title });
    return [
        region(title, make('table', { className: 'found' }, caption, make('tbody', {}, ...rows))),
        ...details.map(([name, why]) => make('p', { className: 'facts', textContent: `${name}: ${why}` })),
    ];
}

for (const form of document.querySelectorAll('.run-data')) {
    const { theorem } = form.dataset;
    const data = tableOf(form);
    form.hidden = false;
    runs(
        form,
        () => ['run', theorem, ...data(), JSON.stringify(optionsOf(form))],
        ({ result, read, warnings, hypotheses, reference, predicted, measured, steps, reach, svg }, time, shown) => {
            const found = hypotheses.map((hypothesis) => make('li', {}, ...finding(hypothesis)));
            const claims = steps.flatMap(({ rows }) => rows);
            const late = claims.filter(({ verdict }) => verdict === 'out of reach').length;
            shown.append(
                ...(read ? [make('p', { className: 'facts', textContent: read })] : []),
                ...warnings.map((textContent) => make('p', { className: 'out-of-reach', textContent })),
                make('ul', { className: 'hypotheses' }, ...found),
                ...entries(say('Reference'), reference),
                ...entries(say('Predicted'), predicted),
                ...entries(say('Measured'), measured),
                ...steps.map(({ id, rows }) => table(rows, say('{name}, run in this page.', { name: spoken(id) }))),
                ...(reach ? [make('p', {}, `${reach.says.replace(/^./, (first) => first.toUpperCase())}. `, ...(reach.instead ? [again(form, reach.instead)] : []))] : []),
                ...(svg ? [make('figure', {}, Object.assign(region(say('The run')), { innerHTML: svg }))] : []),
            );
            const beyond = say('nothing fails; out of reach are {late} of {all} claims', { late, all: claims.length });
            const verdict = result.holds && late ? make('span', { className: 'out-of-reach', textContent: beyond }) : judged(result.holds ? 'holds' : 'fails');
            return [verdict, `, ${time}`];
        },
    );
}

// ---- Live figures -----------------------------------------------------------------------------------

/// A live figure answers its sliders and handles. What is set while it computes waits for the answer, and the newest setting
/// alone is asked for next.
function live(figure) {
    const { theorem, live } = figure.dataset;
    const [stage, form, readings] = ['.stage', '.controls', '.readings'].map((part) => figure.querySelector(part));
    const names = new Map(Array.from(readings.children, (row) => [row.dataset.name, row.querySelector('dt').innerHTML]));
    const wrong = make('p', { className: 'fails', role: 'alert' });
    const spoken = make('p', { className: 'spoken', role: 'status' });
    /// What is not as it began.
    let set = {};
    let computes = false;
    let waits = false;
    let quiet;

    const reading = ([name, value]) => {
        const term = make('dt', {});
        if (names.has(name)) term.innerHTML = names.get(name);
        else term.textContent = name;
        return make('div', {}, term, make('dd', { textContent: value }));
    };
    const show = (answer) => {
        wrong.textContent = answer.error ?? '';
        figure.classList.toggle('stale', Boolean(answer.error));
        if (answer.error) return;
        stage.querySelector('svg').outerHTML = answer.svg;
        readings.replaceChildren(...answer.readings.map(reading));
        // Said when the reader has come to rest.
        clearTimeout(quiet);
        quiet = setTimeout(() => (spoken.textContent = answer.readings.map((pair) => pair.join(': ')).join('; ')), 600);
    };
    const draw = async () => {
        waits = computes;
        if (computes) return;
        computes = true;
        do {
            waits = false;
            const request = ['live', theorem, live, JSON.stringify(set)];
            try {
                const { answer, trap } = await ask(request, new AbortController().signal);
                await new Promise(requestAnimationFrame);
                show(answer ?? { error: say('The course broke off: {message}', { message: trap }) });
            } catch (error) {
                show({ error: error.message });
            }
        } while (waits);
        computes = false;
    };

    const sliders = Array.from(form.querySelectorAll('input'), (input) => slider(input, (value) => {
        set[input.name] = value;
        draw();
    }));
    const handles = stage.dataset.points ? dragged(stage, JSON.parse(stage.dataset.points), (name, points) => {
        set[name] = points;
        draw();
    }) : [];
    const reset = make('button', { type: 'button', textContent: say('Reset') });
    reset.onclick = () => {
        set = {};
        [...sliders, ...handles].forEach((back) => back());
        draw();
    };
    // Arrow keys move what has the focus, and turn no page.
    figure.onkeydown = (event) => event.target.matches('input, .handle') && event.key.startsWith('Arrow') && event.stopPropagation();
    form.onsubmit = (event) => event.preventDefault();
    form.append(make('p', {}, reset, ...(handles.length ? [make('span', { className: 'facts', textContent: say('Drag the points, or move them with the arrow keys.') })] : [])));
    form.after(wrong, spoken);
    figure.classList.add('moves');
}

/// A slider tells its value; what it gives sets it back.
function slider(input, tell) {
    const output = input.nextElementSibling;
    const [value, text] = [input.value, output.innerHTML];
    const [from, to] = [Number(input.dataset.from), Number(input.dataset.to)];
    const number = (share) => Number((input.dataset.scale === 'log' ? from * (to / from) ** share : from + share * (to - from)).toPrecision(3));
    input.oninput = () => {
        const told = input.dataset.scale ? number(input.value / input.max) : Number(input.value);
        output.innerHTML = typeset(told);
        input.ariaValueText = output.textContent;
        tell(told);
    };
    return () => {
        input.value = value;
        output.innerHTML = text;
        input.ariaValueText = output.textContent;
    };
}

/// Handles on the points of a drawing, moved by pointer and by arrow keys. Each gives what sets it back.
function dragged(stage, { name, names, x, y, at, frame }, tell) {
    const [left, top, width, height] = frame;
    const ranges = [x, y];
    // Where a slide bounds the height of a drawing, its stage is no wider than it.
    const { width: wide, height: high } = stage.querySelector('svg').viewBox.baseVal;
    stage.style.setProperty('--ratio', wide / high);
    const points = at.map((point) => [...point]);
    const round = (value, [from, to]) => {
        const step = 10 ** Math.floor(Math.log10((to - from) / 100));
        return Number(Math.min(to, Math.max(from, Math.round(value / step) * step)).toPrecision(6));
    };
    return names.map((label, n) => {
        const handle = make('button', { type: 'button', className: 'handle', role: 'slider', ariaLabel: label });
        const place = () => {
            const [share, up] = points[n].map((value, axis) => (value - ranges[axis][0]) / (ranges[axis][1] - ranges[axis][0]));
            handle.style.left = `${100 * (left + width * share)}%`;
            handle.style.top = `${100 * (top + height * (1 - up))}%`;
            [handle.ariaValueMin, handle.ariaValueMax] = x;
            handle.ariaValueNow = points[n][0];
            handle.ariaValueText = points[n].map((value) => String(value).replace('-', '−')).join(', ');
        };
        const move = (to) => {
            points[n] = to.map((value, axis) => round(value, ranges[axis]));
            place();
            tell(name, points);
        };
        handle.onpointerdown = (event) => handle.setPointerCapture(event.pointerId);
        handle.onpointermove = (event) => {
            if (!handle.hasPointerCapture(event.pointerId)) return;
            const box = stage.getBoundingClientRect();
            const shares = [((event.clientX - box.left) / box.width - left) / width, 1 - ((event.clientY - box.top) / box.height - top) / height];
            move(shares.map((share, axis) => ranges[axis][0] + share * (ranges[axis][1] - ranges[axis][0])));
        };
        handle.onkeydown = (event) => {
            const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
            if (!way) return;
            event.preventDefault();
            const share = event.shiftKey ? 0.1 : 0.02;
            move(points[n].map((value, axis) => value + way[axis] * share * (ranges[axis][1] - ranges[axis][0])));
        };
        stage.append(handle);
        place();
        return () => {
            points[n] = [...at[n]];
            place();
        };
    });
}

document.querySelectorAll('.live').forEach(live);
