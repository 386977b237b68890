// Opens every page of a bound book in a headless browser and says what is wrong with it.
//
//     node check.mjs BOOK              CHROMIUM names the browser, /usr/bin/chromium if unset
//     node check.mjs BOOK firefox      FIREFOX does, /usr/bin/firefox-esr if unset

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium, firefox } from 'playwright-core';

const book = resolve(process.argv[2]);
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const pages = readdirSync(book).filter((name) => name.endsWith('.html') && name !== 'toc.html');
// Axe-core takes long and comes last, in each scheme at another end of the widths. The second time it looks at what depends
// on them: contrast on the scheme, scrollers on the width.
const schemes = {
    light: { widths: [360, 768, 1440], rules: undefined },
    dark: { widths: [1440, 768, 360], rules: ['color-contrast', 'scrollable-region-focusable'] },
};
/// What is wrong, and where.
const wrong = new Map();
const report = (where, what) => wrong.set(what, [...(wrong.get(what) ?? []), where]);
const address = (page) => pathToFileURL(join(book, page)).href;

const inFirefox = process.argv[3] === 'firefox';
const browser = inFirefox
    ? await firefox.launch({ channel: 'moz-firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr' })
    : await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });

/// A page that reports what no page of ours may do: complain, or ask the network for anything.
async function open(where, name, options) {
    const context = await browser.newContext(options);
    // A machine with much else to do.
    context.setDefaultNavigationTimeout(120000);
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && report(where, `console: ${message.text()}`));
    // Firefox says it of formulas of which it has not read all yet; `looks` counts when it has.
    const isEarly = (error) => inFirefox && error.message.startsWith('Incorrect number of children');
    page.on('pageerror', (error) => isEarly(error) || report(where, `script: ${error.message}`));
    page.on('request', (request) => /^(file|data|blob):/.test(request.url()) || report(where, `asks for ${request.url()}`));
    page.on('requestfailed', (request) => report(where, `${request.url()}: ${request.failure()?.errorText}`));
    await page.goto(address(name));
    return page;
}

/// One load for all widths; another scheme is another reader, who has it from the start. The page for printing repeats all
/// others, which are seen by themselves.
async function looks(name, colorScheme) {
    const page = await open(`${name}, ${colorScheme}`, name, { colorScheme });
    for (const width of name === 'print.html' ? [1440] : schemes[colorScheme].widths) {
        const where = `${name} at ${width} px, ${colorScheme}`;
        await page.setViewportSize({ width, height: 900 });
        const seen = await page.evaluate(async () => {
            await document.fonts.ready;
            const formula = document.querySelector('main math');
            const root = document.documentElement;
            return {
                tooWide: root.scrollWidth - root.clientWidth,
                formula: Boolean(formula),
                torn: [...document.querySelectorAll('msub, msup, mfrac, munder, mover, mroot')].find((part) => part.childElementCount !== 2)?.outerHTML,
                family: formula && getComputedStyle(formula).fontFamily,
                font: [...document.fonts].some((font) => font.family.includes('Latin Modern Math') && font.status === 'loaded'),
            };
        });
        if (seen.tooWide > 0) report(where, `${seen.tooWide} px wider than the window`);
        if (seen.torn) report(where, `a formula has not its two parts: ${seen.torn}`);
        if (seen.formula && !(seen.font && seen.family.startsWith('"Latin Modern Math"'))) {
            report(where, `formulas are set in ${seen.family}, loaded: ${seen.font}`);
        }
    }
    if (name !== 'print.html' && !inFirefox) await violates(page, `${name}, ${colorScheme}`, schemes[colorScheme].rules);
    return page;
}

async function violates(page, where, rules) {
    await page.addScriptTag({ path: axe });
    // What is folded is not looked at. A formula has the colour of its text and no part that is pressed, and axe-core, which
    // knows no MathML, spends most of its time in it: a picture of the same size stands for it. Of words in the source code the
    // first of each colour is looked at, and of the rows of a table the first of each kind of contents. The ground under a shadow
    // is not known to axe-core.
    await page.addStyleTag({ content: '* { background-image: none !important; }' });
    await page.evaluate(() => {
        document.querySelectorAll('details').forEach((details) => (details.open = true));
        const formulas = [...document.querySelectorAll('math')].map((math) => [math, math.getBoundingClientRect()]);
        for (const [math, { width, height }] of formulas) {
            const picture = document.createElement('span');
            picture.style.cssText = `display: inline-block; width: ${width}px; height: ${height}px`;
            picture.role = 'img';
            picture.ariaLabel = 'formula';
            math.replaceWith(picture);
        }
        const seen = new Set();
        for (const word of document.querySelectorAll('pre code span')) {
            if (seen.has(word.className)) word.replaceWith(...word.childNodes);
            seen.add(word.className);
        }
        for (const table of document.querySelectorAll('tbody')) {
            const kinds = new Set();
            for (const row of [...table.rows]) {
                const kind = [...new Set([...row.querySelectorAll('*')].map(({ tagName, className }) => `${tagName}.${className}`))].sort().join();
                if (kinds.has(kind)) row.remove();
                kinds.add(kind);
            }
        }
    });
    const violations = await page.evaluate(async (rules) => {
        const { violations } = await axe.run({ runOnly: rules, resultTypes: ['violations'], preload: false });
        return violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html }) => html) }));
    }, rules);
    for (const { id, help, nodes } of violations) {
        for (const html of nodes) report(where, `${id}: ${help}: ${html.slice(0, 200)}`);
    }
}

const known = new Map();

/// The names of a file's parts.
function anchors(file) {
    if (!known.has(file)) known.set(file, new Set(Array.from(readFileSync(file, 'utf8').matchAll(/\bid="([^"]*)"/g), ([, id]) => id)));
    return known.get(file);
}

async function leads(page, name) {
    const links = await page.evaluate(() => [...document.querySelectorAll('a[href]')].map((link) => new URL(link.getAttribute('href'), document.baseURI).href));
    for (const link of new Set(links)) {
        const url = new URL(link);
        if (url.protocol !== 'file:') continue;
        const file = fileURLToPath(new URL(url.pathname, 'file://'));
        const anchor = decodeURIComponent(url.hash.slice(1));
        if (!existsSync(file)) report(name, `the link to ${link} leads nowhere`);
        else if (anchor && !anchors(file).has(anchor)) report(name, `no anchor ${anchor} in ${file}`);
    }
}

/// The words of a drawing stay in their boxes, and the boxes apart. An open fold changes nothing.
async function fits(page, name) {
    const wrong = await page.evaluate(() => {
        const wrong = [];
        for (const map of document.querySelectorAll('svg.map')) {
            const boxes = [...map.querySelectorAll('a:has(> rect)')].map((link) => ({
                link,
                box: link.querySelector('rect').getBBox(),
            }));
            for (const { link, box } of boxes) {
                for (const text of link.querySelectorAll('text')) {
                    const { x, y, width, height } = text.getBBox();
                    const inside = x >= box.x && y >= box.y && x + width <= box.x + box.width && y + height <= box.y + box.height;
                    if (!inside) wrong.push(`"${text.textContent}" leaves its box`);
                }
            }
            boxes.forEach(({ link, box: a }, i) => {
                for (const { box: b } of boxes.slice(i + 1)) {
                    const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
                    if (!apart) wrong.push(`the box of "${link.textContent}" lies on another`);
                }
            });
        }
        return wrong;
    });
    for (const what of wrong) report(name, what);
}

async function collides(page, name) {
    const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id));
    for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) report(name, `the name ${id} stands twice`);
}

/// With scripts off the text and the formulas are there all the same.
async function reads(name) {
    const page = await open(`${name} without scripts`, name, { javaScriptEnabled: false });
    const text = await page.locator('main').innerText();
    if (text.trim().length < 20) report(name, 'says nothing without scripts');
    const written = (readFileSync(join(book, name), 'utf8').match(/<math/g) ?? []).length;
    const shown = await page.locator('main math').count();
    if (written !== shown) report(name, `${written} formulas are written and ${shown} shown without scripts`);
    await page.context().close();
}

async function finds(what) {
    const page = await open(`search for ${what}`, 'index.html', {});
    await page.keyboard.press('s');
    await page.locator('#mdbook-searchbar').pressSequentially(what);
    const hit = page.locator('#mdbook-searchresults li a').first();
    await hit.waitFor({ timeout: 5000 }).catch(() => report('search', `"${what}" is not found`));
    await page.context().close();
}

/// What we exchanged in mdBook's pages does its work, from the keyboard.
async function answers() {
    const page = await open('keyboard', 'index.html', { viewport: { width: 360, height: 900 }, colorScheme: 'light' });
    const contents = page.locator('#mdbook-sidebar-toggle');
    for (const open of ['true', 'false']) {
        await contents.press('Enter');
        const answered = page.locator(`#mdbook-sidebar-toggle[aria-expanded="${open}"]`);
        await answered.waitFor({ timeout: 5000 }).catch(() => report('keyboard', `the contents are not open: ${open}`));
    }
    await page.locator('#mdbook-theme-toggle').press('Enter');
    const themes = (await page.locator('#mdbook-theme-list').innerText()).trim().split(/\s+/).join(' ');
    if (themes !== 'Auto Light Dark') report('keyboard', `the themes are ${themes}`);
    await page.locator('#mdbook-theme-navy').press('Enter');
    const scheme = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    if (scheme !== 'dark') report('keyboard', `the dark theme is ${scheme}`);
    await page.context().close();
}

/// A run in a page: fills a form, sends it, and gives what it says in the end.
async function ran(form, fields) {
    for (const [field, value] of Object.entries(fields)) await form.locator(field).fill(value);
    await form.locator('.start').click();
    await form.locator('.stop').waitFor({ state: 'hidden', timeout: 60000 });
    return form.locator('[role=status]').innerText();
}

/// The course runs in the pages: steps with seeds of the book and others, tables, and whatever comes between.
async function runs() {
    const where = 'runs in the page';
    const expect = (said, pattern, what) => pattern.test(said) || report(where, `${what}: “${said}”`);
    const page = await open(where, 'max-margin.html', { viewport: { width: 360, height: 900 }, reducedMotion: 'reduce' });
    const step = (part) => page.locator(`[data-part="max-margin::${part}"]`);
    for (const part of ['residual-converges', 'without-separability']) {
        for (const seed of ['1', '2', '18446744073709551615']) {
            const said = await ran(step(part), { input: seed });
            expect(said, new RegExp(`^holds: seed ${seed}, `), part);
            for (const label of await step(part).locator('tbody th:not(:has(math))').allInnerTexts()) {
                if (/[_^|=]/.test(label)) report(where, `the claim “${label}” of seed ${seed} is no formula`);
            }
            if (seed.length > 1) continue;
            // What is not the same to the last digit differs by what vector instructions round.
            expect(said, /to the last digit|, (0(\.\d+)?|\d × 10−\d+) % of the slack/, `${part} against the book`);
            const tables = [step(part).locator('xpath=preceding-sibling::*[1]'), step(part)];
            const [printed, here] = await Promise.all(tables.map((table) => table.locator('tbody tr').count()));
            if (printed !== here) report(where, `${part} has ${here} claims and not ${printed}`);
        }
    }
    for (const seed of ['x', '-1', '1.5', '18446744073709551616']) {
        expect(await ran(step('budget'), { input: seed }), /not a whole number from 0 to 18446744073709551615$/, `the seed ${seed}`);
    }
    // What goes to the worker is no request, so that the course traps; the next run has another.
    await page.evaluate(() => {
        const { postMessage } = Worker.prototype;
        Worker.prototype.postMessage = function (message) {
            postMessage.call(this, message.words?.[3] === 'trap' ? { words: 'trap' } : message);
        };
    });
    expect(await ran(step('budget'), { input: 'trap' }), /^The course broke off: .*an array of words/s, 'a trap');
    expect(await ran(step('budget'), { input: '4' }), /^holds: seed 4/, 'the run after a trap');

    const form = page.locator('.run-data[data-theorem=max-margin]');
    const points = 'x,y,label\n1.5,1.2,1\n2,0.4,1\n-1.1,-0.6,-1\n-0.5,-1.8,-1\n';
    expect(await ran(form, { textarea: points }), /^holds, /, 'a table');
    if ((await form.locator('figure svg polyline').count()) === 0) report(where, 'the run on a table draws nothing');
    expect(await ran(form, { textarea: '1,2,1\n2,what,1\n' }), /^table.csv: line 2, column 2: 'what' is not a finite number/, 'nonsense');
    expect(await ran(form, { textarea: '' }), /no rows of numbers/, 'no table');
    expect(await ran(form, { textarea: points, '[name=log-t]': '-1' }), /^--log-t -1: not a number/, 'an option');
    await form.locator('[name=log-t]').fill('');
    await form.locator('.sample').click();
    expect(await ran(form, {}), /^holds, /, 'the sample');
    await form.locator('input[type=file]').setInputFiles({ name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(points) });
    const field = form.locator('textarea');
    const holds = (text) => page.waitForFunction((text) => document.querySelector('.run-data[data-theorem=max-margin] textarea').value === text, text);
    await holds(points);
    await ran(form, {});
    // A file that is dropped by mouse, on the table or beside it; a browser opens one that nobody takes.
    for (const [name, target] of [['dropped.csv', field], ['beside.csv', form.locator('.option').first()]]) {
        const text = `${points}3,${name},1\n`;
        const dataTransfer = await page.evaluateHandle(([name, text]) => {
            const files = new DataTransfer();
            files.items.add(new File([text], name, { type: 'text/csv' }));
            return files;
        }, [name, text]);
        const taken = await target.evaluate((element, dataTransfer) => {
            const event = (type) => new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
            return ['dragover', 'drop'].map((type) => !element.dispatchEvent(event(type)));
        }, dataTransfer);
        if (taken.includes(false)) report(where, `${name} is not taken, but opened by the browser`);
        await holds(text);
        expect(await ran(form, {}), new RegExp(`^${name}: line 6, column 2 .*'${name}' is not a finite number`), name);
    }
    await ran(form, { textarea: points });

    // A run that takes long enough to be stopped.
    await form.locator('[name=dynamics]').selectOption('gd');
    await form.locator('[name=steps]').fill('1e10');
    await form.locator('.start').click();
    await form.locator('.stop').click();
    await form.locator('.stop').waitFor({ state: 'hidden' });
    expect(await form.locator('[role=status]').innerText(), /^Stopped\.$/, 'stopping');
    expect(await ran(step('budget'), { input: '4' }), /^holds: seed 4/, 'the run after that');
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (tooWide > 0) report(where, `${tooWide} px wider than the window`);
    await violates(page, where, undefined);
    await page.context().close();
}

/// Live figures answer their sliders and points, by pointer and by keyboard.
async function moves(name) {
    const page = await open(`${name} moved`, name, { viewport: { width: 360, height: 900 }, reducedMotion: 'reduce' });
    const names = await page.locator('figure.live').evaluateAll((figures) => figures.map(({ id }) => id));
    for (const id of names) {
        const figure = page.locator(`[id="${id}"]`);
        const drawing = () => figure.locator('svg.plot').evaluate((svg) => svg.outerHTML);
        const answers = async (what, act) => {
            const before = await drawing();
            await act();
            const changed = ([id, before]) => document.getElementById(id).querySelector('svg.plot').outerHTML !== before;
            await page.waitForFunction(changed, [id, before], { timeout: 20000 }).catch(() => report(id, `${what} changes nothing`));
        };
        const sliders = figure.locator('input');
        const values = () => figure.locator('output').allInnerTexts();
        const printed = await values();
        for (let k = 0; k < (await sliders.count()); k++) {
            const way = (await sliders.nth(k).evaluate(({ value, max }) => value === max)) ? 'ArrowLeft' : 'ArrowRight';
            await answers(`slider ${k}`, async () => {
                for (let times = 0; times < 8; times++) await sliders.nth(k).press(way);
            });
        }
        const handle = figure.locator('.handle').first();
        if (await handle.count()) {
            await handle.scrollIntoViewIfNeeded();
            const { x, y, width, height } = await handle.boundingBox();
            await page.mouse.move(x + width / 2, y + height / 2);
            await answers('a dragged point', async () => {
                await page.mouse.down();
                await page.mouse.move(x + width / 2 + 30, y + height / 2 - 20, { steps: 4 });
                await page.mouse.up();
            });
            await answers('an arrow key', () => handle.press('ArrowDown'));
        }
        if ((await figure.locator('.readings dd').count()) === 0) report(id, 'nothing is read off it');
        const named = await figure.locator('.readings dt').allInnerTexts();
        if (named.some((name) => !name || name === 'undefined')) report(id, `its readings are named ${named.join(', ')}`);
        const said = await figure.locator('[role=alert]').innerText();
        if (said) report(id, `says “${said}”`);
        await answers('Reset', () => figure.getByRole('button', { name: 'Reset' }).click());
        if ((await values()).join() !== printed.join()) report(id, 'is not reset');
        const frames = await figure.evaluate(async (figure) => {
            const [stage, input] = [figure.querySelector('.stage'), figure.querySelector('input')];
            const drawn = () => new Promise((done) => new MutationObserver((_, seen) => (seen.disconnect(), done())).observe(stage, { childList: true }));
            const times = [];
            for (let k = 0; k <= 40; k++) {
                const share = 0.1 + 0.8 * Math.abs(((k * 7) % 40) / 40);
                input.value = Number(input.min) + share * (input.max - input.min);
                const next = drawn();
                const asked = performance.now();
                input.dispatchEvent(new Event('input'));
                await next;
                times.push(performance.now() - asked);
            }
            // The first may bring what is computed once.
            return times.slice(1).sort((a, b) => a - b);
        });
        // Said and not judged: it depends on what else the machine does. What the answer itself takes is judged in reader.rs.
        const [fastest, median] = [frames[0], frames[frames.length / 2]];
        console.log(`${id}: ${fastest.toFixed(1)} ms a drawing at best, ${median.toFixed(1)} in the median`);
    }
    await violates(page, `${name} moved`, undefined);
    await page.context().close();
}

/// On paper nothing is wider than the text of A4, the narrower of the papers.
async function prints(name) {
    const page = await open(`${name} on paper`, name, { viewport: { width: Math.floor((182 / 25.4) * 96), height: 900 } });
    await page.evaluate(async () => {
        await document.fonts.ready;
        dispatchEvent(new Event('beforeprint'));
    });
    await page.emulateMedia({ media: 'print' });
    const wide = await page.evaluate(() => {
        const limit = document.documentElement.clientWidth + 1;
        const parts = [...document.querySelectorAll('main *')].filter((part) => !part.closest('svg *, math *, .spoken'));
        return parts.filter((part) => part.getBoundingClientRect().right > limit).map((part) => part.outerHTML.slice(0, 100));
    });
    for (const what of wide.slice(0, 3)) report(`${name} on paper`, `is cut off: ${what}`);
    const sizes = await page.locator('.sheet').evaluateAll((sheets) => sheets.map((sheet) => [sheet.querySelector('h2').id, parseFloat(sheet.style.getPropertyValue('--size'))]));
    for (const [sheet, size] of sizes) if (size < 8) report(`${name} on paper`, `${sheet} is set at ${size} pt, which nobody reads`);
    await page.context().close();
}

/// What of the slides of a page is longer than the screen though it could be divided, or under the bar.
async function overflows(page) {
    const wrong = [];
    const [, all] = /(\d+)$/.exec(await page.locator('.slide-bar [role=status]').innerText());
    await page.keyboard.press('Home');
    for (let slide = 1; slide <= all; slide++) {
        const [parts, over] = await page.evaluate(() => {
            const divisible = 'main > :not(.off, .running, ul, ol, .table-wrapper), main > :is(ul, ol) > :not(.off), main > .table-wrapper tbody > :not(.off)';
            const shown = [...document.querySelectorAll(divisible)].filter((part) => part.getClientRects().length);
            const bar = document.querySelector('.slide-bar').getBoundingClientRect().top;
            const below = Math.max(...shown.map((part) => part.getBoundingClientRect().bottom)) - bar;
            const { scrollHeight } = document.documentElement;
            const bodies = shown.filter((part) => !part.matches('h1, h2, h3'));
            return [bodies.length, Math.max(scrollHeight - innerHeight, scrollHeight > innerHeight ? 0 : below)];
        });
        if (parts > 1 && over > 0) wrong.push(`slide ${slide} is ${Math.ceil(over)} px longer than the screen`);
        await page.keyboard.press('ArrowRight');
    }
    return wrong;
}

/// The slides of a page are reached by keys, by links and by their addresses, fit the screen, and are left again.
async function lectures() {
    const where = 'slides';
    const page = await open(where, 'max-margin.html', { viewport: { width: 1280, height: 720 }, reducedMotion: 'reduce' });
    const place = () => page.locator('.slide-bar [role=status]').innerText();
    const expect = async (pattern, what) => pattern.test(await place()) || report(where, `${what}: “${await place()}”`);
    /// What comes when the browser has gone to another address.
    const arrive = async (slide, what) => {
        const status = page.locator('.slide-bar [role=status]').getByText(`Slide ${slide} of`);
        await status.waitFor({ timeout: 5000 }).catch(async () => report(where, `${what} does not lead to slide ${slide}, but to ${page.url()}`));
    };
    const notes = page.locator('.speaker').first();
    if (await notes.isVisible()) report(where, 'the notes are shown before they are asked for');
    await page.locator('#notes-toggle').press('Enter');
    if (!(await notes.isVisible())) report(where, 'the notes are not shown');
    await page.locator('#slides-toggle').press('Enter');
    await expect(/^Slide 1 of \d\d/, 'the first slide');
    for (const [key, slide] of [['ArrowRight', 2], ['PageDown', 3], [' ', 4], ['ArrowLeft', 3], ['Home', 1], ['PageUp', 1]]) {
        await page.keyboard.press(key);
        await expect(new RegExp(`^Slide ${slide} of`), key);
        const shown = await page.evaluate(() => [document.activeElement, ...document.querySelectorAll('main > :not(.off)')].map((part) => part.closest('main') !== null));
        if (shown.includes(false) || shown.length < 2) report(where, `${key} leaves the focus outside of the slide`);
        const left = await page.locator('main .off').evaluateAll((parts) => parts.filter((part) => part.offsetHeight).length);
        if (left) report(where, `${key} leaves ${left} parts of other slides`);
    }
    const handle = page.locator('main .handle').first();
    for (let turns = 0; turns < 10 && (await handle.count()) && !(await handle.isVisible()); turns++) await page.keyboard.press('ArrowRight');
    if (await handle.count()) {
        const slide = await place();
        await handle.press('ArrowRight');
        if ((await place()) !== slide) report(where, 'an arrow key on a point of a figure turns the slide');
        const slider = page.locator('main .live input').first();
        await slider.press('Escape');
        if (!(await page.locator('.slide-bar').count())) report(where, 'Escape in a slider leaves the slides');
        await slider.press('PageDown');
        if ((await place()) === slide) report(where, 'a clicker does not turn the slide in a slider');
    }
    if (await page.locator('main pre').evaluateAll((parts) => parts.some((part) => part.getClientRects().length))) report(where, 'code is shown');
    if (await notes.isVisible()) report(where, 'the notes are on the slide');
    for (const what of await overflows(page)) report(where, what);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.goBack();
    await arrive(2, 'going back');
    await page.reload();
    await arrive(2, 'loading the page again');
    await presents(page, where);
    const link = page.locator('main > p:not(.off) a[href*="max-margin.html#max-margin."]:visible').first();
    for (let turns = 0; turns < 50 && !(await link.count()); turns++) await page.keyboard.press('ArrowRight');
    const [, target] = (await link.getAttribute('href')).split('#');
    await link.click();
    await page.locator(`[id="${target}"]`).waitFor({ timeout: 5000 }).catch(() => report(where, 'a link leads to no slide'));
    await page.goBack();
    await link.waitFor({ timeout: 5000 }).catch(() => report(where, 'from where a link led there is no way back'));
    await violates(page, where, undefined);
    await page.keyboard.press('Escape');
    if (await page.locator('.slide-bar').count()) report(where, 'Escape does not leave');
    if (await page.locator('main .off').count()) report(where, 'something of the page is missing after the slides');
    await page.context().close();
}

/// The lecturer's window has the notes, what comes next and the time, and turns the slides.
async function presents(page, where) {
    const [lecturer] = await Promise.all([page.waitForEvent('popup'), page.locator('#notes-toggle').click()]);
    await page.keyboard.press('Home');
    await lecturer.bringToFront();
    const says = await lecturer.locator('body').innerText();
    for (const part of [/^0 of 80 minutes used, 80 left/, /up to the end of this section: 10 min/, /Slide 1 of/, /Speaker notes, 10 min/, /Next: /]) {
        if (!part.test(says)) report(where, `the lecturer's window has no ${part}: “${says}”`);
    }
    await violates(lecturer, `${where}, the lecturer's window`, undefined);
    await lecturer.keyboard.press('ArrowRight');
    const status = page.locator('.slide-bar [role=status]').getByText('Slide 2 of');
    await status.waitFor({ timeout: 5000 }).catch(() => report(where, 'a key in the lecturer\'s window turns no slide'));
    await lecturer.close();
}

/// The steps of a theorem are counted in the order in which they stand in the book.
async function counts(page, where) {
    const steps = await page.locator('main h3').evaluateAll((heads) =>
        heads.map(({ id, textContent }) => [id.split('.')[0], Number(/^Step (\d+)\./.exec(textContent)?.[1])]).filter(([, place]) => place),
    );
    for (const theorem of new Set(steps.map(([theorem]) => theorem))) {
        const places = steps.filter(([of]) => of === theorem).map(([, place]) => place);
        if (places.some((place, i) => place !== places[0] + i)) report(where, `the steps of ${theorem} are counted ${places}`);
    }
}

/// A function stands once on a page, and is linked to after.
async function repeats(page, where) {
    const codes = await page.locator('main pre').allTextContents();
    const again = codes.filter((code, i) => code.length > 300 && codes.indexOf(code) < i);
    for (const code of again) report(where, `stands there twice: ${code.slice(0, 80)}`);
}

async function check(name) {
    if (inFirefox) {
        // What axe-core, links, colours and paper are asked has the same answers there: how it is laid out, and whether it works,
        // has not. The page for printing repeats all others, and takes it minutes.
        if (name === 'print.html') return;
        await (await looks(name, 'light')).context().close();
        return reads(name);
    }
    if (name !== 'print.html') await (await looks(name, 'light')).context().close();
    const page = await looks(name, 'dark');
    await collides(page, name);
    await fits(page, name);
    await counts(page, name);
    if (name !== 'print.html') await repeats(page, name);
    await leads(page, name);
    await page.context().close();
    await reads(name);
    if (name !== 'print.html') await prints(name);
}

const left = [...pages];
const reader = async () => {
    while (left.length) await check(left.shift());
};
await Promise.all([reader(), reader()]);
await finds('support vector');
await answers();
await lectures();
if (existsSync(join(book, 'reader'))) {
    await runs();
    for (const name of pages.filter((name) => name !== 'print.html' && readFileSync(join(book, name), 'utf8').includes('class="live"'))) await moves(name);
}
await browser.close();

for (const [what, places] of wrong) console.log(`${what}\n    ${places.length} times, first in ${places[0]}`);
if (!wrong.size) console.log(`${pages.length} pages, nothing wrong`);
process.exit(wrong.size ? 1 : 0);
