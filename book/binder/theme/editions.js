// Editions of a page: the slides that a lecturer shows, the speaker notes, and what paper needs. What is said stands in the
// buttons, in the language of the book.

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
            showNotes(!root.classList.contains('notes'));
            kept.set(root.classList.contains('notes'));
        };
    }

    // ---- Slides -------------------------------------------------------------------------------------

    /// The slides, each a list of elements, and which of them is shown; none while the page is a text.
    let slides = null;
    let at = 0;

    const begins = (element) => element.matches('h1, h2, h3, figure, .result');
    const isShown = (element) => element.getClientRects().length > 0;

    /// A slide begins with a heading, a statement or a figure; a heading alone joins what comes after it.
    function divided() {
        const found = [];
        for (const element of main.children) {
            const last = found.at(-1);
            const onlyHeads = last?.every((element) => element.matches('h1, h2, h3') || !isShown(element));
            if (!last || (begins(element) && !onlyHeads)) found.push([element]);
            else last.push(element);
        }
        return found.filter((slide) => slide.some(isShown));
    }

    const count = Object.assign(document.createElement('span'), { role: 'status' });
    const bar = document.createElement('nav');
    const button = (text, label, onclick) =>
        Object.assign(document.createElement('button'), { type: 'button', textContent: text, title: label, ariaLabel: label, onclick });
    const { back, next, leave, name, place } = slidesToggle.dataset;
    bar.className = 'slide-bar';
    bar.ariaLabel = name;
    bar.append(
        button('←', back, () => show(at - 1)),
        count,
        button('→', next, () => show(at + 1)),
        button('×', leave, () => end()),
    );

    function show(wanted) {
        at = Math.max(0, Math.min(wanted, slides.length - 1));
        // The heading of the section runs above its slides.
        const parts = [...main.children];
        const [lead] = slides[at];
        const section = lead.matches('h1, h2') ? null : parts.slice(0, parts.indexOf(lead)).findLast((part) => part.matches('h2'));
        for (const part of parts) {
            part.classList.toggle('off', part !== section && !slides[at].includes(part));
            part.classList.toggle('running', part === section);
        }
        count.textContent = place.replace('{n}', at + 1).replace('{all}', slides.length);
        scrollTo(0, 0);
        // Whoever listens hears the slide from its beginning.
        const first = slides[at].find(isShown);
        first.tabIndex = -1;
        first.focus({ preventScroll: true });
    }

    /// The slide that holds an element.
    const slideOf = (element) => slides.findIndex((slide) => slide.some((part) => part.contains(element)));

    function begin() {
        const inView = [...main.children].find((element) => element.getBoundingClientRect().bottom > 64);
        root.classList.add('slides');
        slidesToggle.ariaPressed = true;
        slides = divided();
        document.body.append(bar);
        show(slideOf(inView));
    }

    function end() {
        const first = slides[at][0];
        for (const part of main.children) part.classList.remove('off', 'running');
        slides = null;
        root.classList.remove('slides');
        slidesToggle.ariaPressed = false;
        bar.remove();
        first.scrollIntoView();
        slidesToggle.focus({ preventScroll: true });
    }

    slidesToggle.onclick = () => (slides ? end() : begin());

    /// What each key does on slides.
    const keys = {
        ArrowRight: () => show(at + 1),
        PageDown: () => show(at + 1),
        ' ': () => show(at + 1),
        ArrowLeft: () => show(at - 1),
        PageUp: () => show(at - 1),
        Home: () => show(0),
        End: () => show(slides.length - 1),
        Escape: () => end(),
    };

    // Before mdBook's own listener, which turns to the next chapter.
    addEventListener(
        'keydown',
        (event) => {
            const { key, target } = event;
            if (!slides || !keys[key] || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
            // A field takes its keys itself, a button the space bar, and what scrolls sideways the arrows.
            if (target.closest('input, textarea, select, #mdbook-search-wrapper')) return;
            if (key === ' ' && target.closest('button, a, summary')) return;
            if (key.startsWith('Arrow') && target.scrollWidth > target.clientWidth && target.matches('[role=region]')) return;
            event.preventDefault();
            event.stopImmediatePropagation();
            keys[key]();
        },
        true,
    );

    // A link to what stands on another slide leads there.
    addEventListener('hashchange', () => {
        const target = slides && document.getElementById(decodeURIComponent(location.hash.slice(1)));
        const found = target ? slideOf(target) : -1;
        if (found >= 0) show(found);
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

    /// A theorem's sheet gets the largest size of text, to an eighth of a point and at most ten, at which it is no longer than the
    /// box of a sheet, which the style sheet has.
    function fitSheets() {
        for (const sheet of document.querySelectorAll('.sheet')) {
            sheet.classList.add('boxed');
            const set = (eighths) => sheet.style.setProperty('--size', `${eighths / 8}pt`);
            let [fits, tooLong] = [0, 81];
            while (tooLong - fits > 1) {
                const middle = (fits + tooLong) >> 1;
                set(middle);
                const isWhole = sheet.scrollHeight <= sheet.clientHeight && sheet.scrollWidth <= sheet.clientWidth;
                if (isWhole) fits = middle;
                else tooLong = middle;
            }
            set(fits);
            sheet.classList.remove('boxed');
        }
    }

    addEventListener('beforeprint', () => {
        if (slides) end();
        fit();
        fitSheets();
    });
    addEventListener('afterprint', () => {
        for (const { style } of document.querySelectorAll('.formula > math, main table, .sheet')) style.cssText = '';
    });
}
