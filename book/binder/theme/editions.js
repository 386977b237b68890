// Editions of a page: the slides that a lecturer shows, the speaker notes, and what paper needs; and a search for what is pasted. What
// is said stands in the buttons, in the language of the book.

'use strict';
{
    const root = document.documentElement;
    const main = document.querySelector('main');
    const [slidesToggle, notesToggle] = ['slides-toggle', 'notes-toggle'].map((id) => document.getElementById(id));

    // ---- Speaker notes ------------------------------------------------------------------------------

    /// Kept from page to page, where the browser keeps anything for pages that are files.
    const kept = {
        get: () => {
            try {
                return localStorage.getItem('speaker-notes') === 'true';
            } catch {
                return false;
            }
        },
        set: (shown) => {
            try {
                localStorage.setItem('speaker-notes', shown);
            } catch {
                // Then they are hidden on the next page.
            }
        },
    };

    function showNotes(shown) {
        root.classList.toggle('notes', shown);
        notesToggle.ariaPressed = shown;
    }

    if (!document.querySelector('.speaker')) {
        notesToggle.hidden = true;
    } else {
        // An edition on paper has them from the start, or not at all.
        showNotes(root.classList.contains('notes') || kept.get());
        notesToggle.onclick = () => {
            if (slides) return present();
            showNotes(!root.classList.contains('notes'));
            kept.set(root.classList.contains('notes'));
        };
    }

    // ---- Slides -------------------------------------------------------------------------------------

    /// The slides, each a list of elements, and which of them is shown; none while the page is a text.
    let slides = null;
    let at = 0;

    const isHead = (element) => element.matches('h1, h2, h3');
    const isShown = (element) => element.getClientRects().length > 0;

    /// What slides are made of: the parts of the page, and the items of its lists and rows of its tables.
    const isTable = (part) => part.matches('.table-wrapper');
    const inParts = [...main.children].filter((part) => part.matches('ul, ol') || isTable(part));
    const partsOf = (whole) => (isTable(whole) ? [...whole.querySelectorAll('tbody > tr')] : [...whole.children]);
    const parts = [...main.children].flatMap((part) => (inParts.includes(part) ? partsOf(part) : [part]));
    /// The list or the table of a part; the part itself if it has none.
    const wholeOf = (part) => inParts.find((whole) => whole.contains(part)) ?? part;
    // An item keeps its number on a slide that begins with it.
    for (const list of main.querySelectorAll(':scope > ol')) [...list.children].forEach((item, i) => (item.value = list.start + i));

    /// Nothing is hidden any more.
    function uncover() {
        for (const part of [...main.children, ...parts]) part.classList.remove('off', 'running');
    }

    /// The height of the line of headings that runs above a slide.
    const RUNNING = 40;

    /// The margin of a part, or that of its list or table, if it is larger.
    function margin(part, side) {
        return Math.max(...[part, wholeOf(part)].map((element) => parseFloat(getComputedStyle(element)[side])));
    }

    /// How far above a part its slide begins: a row has the head of its table above it.
    function clearance(part) {
        return margin(part, 'marginTop') + (part.closest('table')?.tHead?.offsetHeight ?? 0);
    }

    /// A slide begins with a heading, a statement or a figure, and where the screen is full. What cannot be divided may be
    /// longer than a screen, and is scrolled.
    function divided() {
        uncover();
        const room = innerHeight - bar.offsetHeight - (main.getBoundingClientRect().top + scrollY);
        const fits = (group) => {
            const shown = group.filter(isShown);
            if (shown.length < 2) return true;
            const [first, last] = [shown[0], shown.at(-1)];
            const top = first.getBoundingClientRect().top - clearance(first);
            const bottom = last.getBoundingClientRect().bottom + margin(last, 'marginBottom');
            return bottom - top <= room - (first.matches('h1, h2') ? 0 : RUNNING);
        };
        const begins = ([first]) => isHead(first) || first.matches('figure, .result');
        const found = [];
        for (const group of groups().flatMap((group) => broken(group, fits))) {
            if (found.length && !begins(group) && fits([...found.at(-1), ...group])) found.at(-1).push(...group);
            else found.push(group);
        }
        return found.filter((slide) => slide.some(isShown));
    }

    /// What is better not torn apart: headings and what they are above, a formula and the sentence that leads to it, the end of
    /// a proof, a table.
    function groups() {
        const isEnd = (element) => element.matches('.formula') || element.querySelector(':scope > .qed:only-child');
        const found = [];
        // The last that is shown.
        let last = null;
        for (const element of parts) {
            const isRow = last && isTable(wholeOf(element)) && wholeOf(element) === wholeOf(last);
            const joins = last && (!isShown(element) || isRow || isEnd(element) || isHead(last) || /:\s*$/.test(last.textContent));
            if (joins) found.at(-1).push(element);
            else found.push([element]);
            if (isShown(element)) last = element;
        }
        return found;
    }

    /// A group that fits no screen, in parts; a heading stays with what comes next.
    function broken(group, fits) {
        const [rest, last] = [group.slice(0, -1), group.slice(-1)];
        return fits(group) || rest.every(isHead) ? [group] : [...broken(rest, fits), last];
    }

    const count = Object.assign(document.createElement('span'), { role: 'status' });
    const bar = document.createElement('nav');
    const button = (text, label, onclick) =>
        Object.assign(document.createElement('button'), { type: 'button', textContent: text, title: label, ariaLabel: label, onclick });
    const { back, next, leave, name, place } = slidesToggle.dataset;
    bar.className = 'slide-bar';
    bar.ariaLabel = name;
    bar.append(
        button('←', back, () => turn(at - 1)),
        count,
        button('→', next, () => turn(at + 1)),
        button('×', leave, () => end()),
    );

    /// The headings of a slide that stand before it: of the section and, below it, of the step.
    function running([lead]) {
        const before = parts.slice(0, parts.indexOf(lead));
        const section = lead.matches('h1, h2') ? -1 : before.findLastIndex((part) => part.matches('h2'));
        const step = isHead(lead) ? -1 : before.findLastIndex((part) => part.matches('h3'));
        return [before[section], step > section && before[step]].filter(Boolean);
    }

    function show(wanted) {
        at = Math.max(0, Math.min(wanted, slides.length - 1));
        const above = running(slides[at]);
        for (const part of parts) {
            part.classList.toggle('off', !above.includes(part) && !slides[at].includes(part));
            part.classList.toggle('running', above.includes(part));
        }
        for (const whole of inParts) whole.classList.toggle('off', partsOf(whole).every((part) => part.matches('.off')));
        count.textContent = placeOf(at);
        scrollTo(0, 0);
        // Whoever listens hears the slide from its beginning.
        const first = slides[at].find(isShown);
        first.tabIndex = -1;
        first.focus({ preventScroll: true });
        tell();
    }

    const placeOf = (slide) => place.replace('{n}', slide + 1).replace('{all}', slides.length);

    /// The slide that an address names, from 0; none if it names something else.
    const addressed = () => /^#slide\.(\d+)$/.exec(location.hash)?.[1] - 1;

    /// Shows a slide, and says so in the address: the browser goes back to the slide before, and loads the page at this one.
    function turn(wanted) {
        show(wanted);
        if (addressed() !== at) location.hash = `slide.${at + 1}`;
    }

    /// The slide that holds an element.
    const slideOf = (element) => slides.findIndex((slide) => slide.some((part) => part.contains(element)));

    function begin() {
        root.classList.add('slides');
        slidesToggle.ariaPressed = true;
        document.body.append(bar);
        slides = divided();
    }

    function beginInView() {
        const inView = parts.find((element) => element.getBoundingClientRect().bottom > 64);
        begin();
        turn(slideOf(inView));
    }

    function end() {
        const first = slides[at][0];
        uncover();
        slides = null;
        root.classList.remove('slides');
        slidesToggle.ariaPressed = false;
        bar.remove();
        if (addressed() >= 0) location.hash = first.id;
        first.scrollIntoView();
        slidesToggle.focus({ preventScroll: true });
    }

    slidesToggle.onclick = () => (slides ? end() : beginInView());

    /// What each key does on slides.
    const keys = {
        ArrowRight: () => turn(at + 1),
        PageDown: () => turn(at + 1),
        ' ': () => turn(at + 1),
        ArrowLeft: () => turn(at - 1),
        PageUp: () => turn(at - 1),
        Home: () => turn(0),
        End: () => turn(slides.length - 1),
        Escape: () => end(),
    };

    function press(event) {
        const { key, target } = event;
        if (!slides || !keys[key] || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
        // A field takes its keys itself until Escape, a slider all but those of a clicker; a button the space bar, a point of a
        // figure and what scrolls sideways the arrows.
        const field = target.closest('input, textarea, select, #mdbook-search-wrapper');
        if (field && !(field.type === 'range' && key.startsWith('Page'))) {
            if (key === 'Escape' && field.closest('main')) field.blur();
            return;
        }
        if (key === ' ' && target.closest('button, a, summary')) return;
        const takesArrows = target.matches('.handle') || (target.scrollWidth > target.clientWidth && target.matches('[role=region]'));
        if (key.startsWith('Arrow') && takesArrows) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        keys[key]();
    }

    // Before mdBook's own listener, which turns to the next chapter.
    addEventListener('keydown', press, true);

    // A link to what stands on another slide leads there.
    addEventListener('click', (event) => {
        const link = slides && event.target.closest?.('main a[href]');
        const leads = link && link.pathname === location.pathname;
        const target = leads && document.getElementById(decodeURIComponent(link.hash.slice(1)));
        const found = target ? slideOf(target) : -1;
        if (found < 0) return;
        event.preventDefault();
        turn(found);
    });

    /// Shows what the address says: a slide, or the text.
    function follow() {
        const wanted = addressed();
        if (wanted >= 0) {
            if (!slides) begin();
            if (wanted !== at || count.textContent !== placeOf(at)) show(wanted);
        } else if (slides) {
            end();
        }
    }

    addEventListener('hashchange', follow);
    // The heights are right once the fonts are there.
    if (addressed() >= 0) document.fonts.ready.then(follow);

    // Another screen is full elsewhere.
    addEventListener('resize', () => {
        if (!slides) return;
        const [lead] = slides[at];
        slides = divided();
        show(slideOf(lead));
        location.replace(`#slide.${at + 1}`);
    });

    // ---- The lecturer's window ----------------------------------------------------------------------

    /// What only the lecturer sees, in a window of its own: the notes of the slide, what comes next, and the time.
    let presenter = null;
    /// When it was opened, and what keeps its clock.
    let since = 0;
    let clock = null;

    function present() {
        if (presenter && !presenter.closed) return presenter.focus();
        presenter = open('', '', 'width=720,height=640');
        if (!presenter) return;
        const page = presenter.document;
        page.title = notesToggle.title;
        page.documentElement.lang = root.lang;
        page.documentElement.className = root.className.replace(/\bslides\b/, 'notes');
        for (const style of document.querySelectorAll('link[rel=stylesheet]')) {
            page.head.append(Object.assign(page.createElement('link'), { rel: 'stylesheet', href: style.href, media: style.media }));
        }
        page.body.className = 'content';
        page.body.append(Object.assign(page.createElement('main'), { className: 'presenter' }));
        presenter.addEventListener('keydown', press, true);
        presenter.addEventListener('pagehide', () => clearInterval(clock));
        since = Date.now();
        clock = setInterval(tell, 5000);
        tell();
    }

    // It stays when the slides are left, with its time, and goes with the page.
    addEventListener('pagehide', () => presenter?.close());

    /// The minutes that notes are given.
    const minutes = (notes) => notes.reduce((sum, { dataset }) => sum + Number(dataset.minutes ?? 0), 0);

    function tell() {
        if (!slides || !presenter || presenter.closed) return;
        const page = presenter.document;
        const made = (tag, text) => Object.assign(page.createElement(tag), { textContent: text });
        const { used, planned, coming } = notesToggle.dataset;
        // The notes of the section, wherever in it they stand: all its slides share them.
        const slide = parts.indexOf(slides[at][0]);
        const isSection = (part) => part.matches('h1, h2');
        const section = parts.slice(0, slide + 1).findLastIndex(isSection);
        const after = parts.findIndex((part, i) => i > slide && isSection(part));
        const notesOf = (among) => among.filter((part) => part.matches('.speaker[data-minutes]'));
        const spoken = notesOf(parts);
        const told = notesOf(after < 0 ? parts : parts.slice(0, after));
        const here = told.filter((part) => parts.indexOf(part) > section);
        const gone = Math.floor((Date.now() - since) / 60000);
        const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
        // What has no heading is told by what it begins with.
        const title = (slide) => {
            const heads = [...running(slide), ...slide.filter(isHead)].map((head) => head.textContent);
            return heads.join(' › ') || slide[0].querySelector('strong')?.textContent || slide[0].textContent.slice(0, 60);
        };
        const following = slides[at + 1];
        page.querySelector('main').replaceChildren(
            made('p', fill(used, { used: gone, all: minutes(spoken), left: minutes(spoken) - gone })),
            made('p', fill(planned, { n: minutes(told) })),
            made('h1', `${placeOf(at)}: ${title(slides[at])}`),
            ...here.map((notes) => page.importNode(notes, true)),
            made('p', following ? fill(coming, { heading: title(following) }) : ''),
        );
    }

    // ---- Search -------------------------------------------------------------------------------------

    // mdBook looks when a key goes up, and what is pasted with the mouse has none.
    document.getElementById('mdbook-searchbar')?.addEventListener('input', ({ target, inputType }) => {
        if (/Paste|Drop|Cut/.test(inputType)) target.dispatchEvent(new Event('keyup'));
    });

    // ---- Paper --------------------------------------------------------------------------------------

    /// The width of the text on A4, the narrower of the papers: 182 mm at 96 pixels an inch, and one less, since rules and some
    /// gaps stay as they are when a table is set smaller.
    const SHEET = (181 / 25.4) * 96;

    /// Formulas and tables that are wider than a sheet at the least get the factor by which they are set smaller there.
    function fit() {
        for (const kind of ['table', 'evidence']) root.style.setProperty(`--${kind}-size`, `var(--${kind}-size-on-paper)`);
        const wide = [...document.querySelectorAll('.formula > math, main table')];
        for (const { style } of wide) style.cssText = 'width: min-content';
        const widths = wide.map((element) => element.getBoundingClientRect().width);
        wide.forEach(({ style }, i) => (style.cssText = widths[i] > SHEET ? `--fit: ${SHEET / widths[i]}` : ''));
        for (const kind of ['table', 'evidence']) root.style.removeProperty(`--${kind}-size`);
    }

    /// The least size of text on a theorem's sheet, in eighths of a point, and what is left out, one after the other, of one that
    /// would need less: what its refinements say, what its counterexamples say, and its figure.
    const LEAST = 64;
    const LEFT_OUT = ['brief', 'briefer', 'undrawn'];
    /// What of the steps is left out.
    const STEPS = '.sheet :is(.refinement, .counterexample)';

    /// A theorem's sheet gets the largest size of text, to an eighth of a point and at most ten, at which it is no longer than the
    /// box of a sheet, which the style sheet has.
    function fitSheets() {
        for (const sheet of document.querySelectorAll('.sheet')) {
            sheet.classList.add('boxed');
            const set = (eighths) => sheet.style.setProperty('--size', `${eighths / 8}pt`);
            const isWhole = (eighths) => {
                set(eighths);
                return sheet.scrollHeight <= sheet.clientHeight && sheet.scrollWidth <= sheet.clientWidth;
            };
            const largest = () => {
                let [fits, tooLong] = [0, 81];
                while (tooLong - fits > 1) {
                    const middle = (fits + tooLong) >> 1;
                    if (isWhole(middle)) fits = middle;
                    else tooLong = middle;
                }
                return fits;
            };
            let size = largest();
            for (const left of LEFT_OUT) {
                if (size >= LEAST) break;
                sheet.classList.add(left);
                size = largest();
            }
            // Sentences come back as long as there is room.
            const hidden = [...sheet.querySelectorAll(STEPS)].filter((says) => getComputedStyle(says).display === 'none');
            for (const says of size < LEAST ? [] : hidden) {
                says.style.display = 'inline';
                if (!isWhole(LEAST)) says.style.display = '';
            }
            set(largest());
            sheet.classList.remove('boxed');
        }
    }

    addEventListener('beforeprint', () => {
        if (slides) end();
        fit();
        fitSheets();
    });
    addEventListener('afterprint', () => {
        for (const { style } of document.querySelectorAll(`.formula > math, main table, .sheet, ${STEPS}`)) style.cssText = '';
        for (const { classList } of document.querySelectorAll('.sheet')) classList.remove(...LEFT_OUT);
    });
}
