/* dom: making elements. Text only ever goes in as text: nothing here parses HTML, so that a name
   cannot become markup. */

/* el('a.brand', {href: '/', onclick: f}, 'text', child...) */
export function el(what, attributes, ...children) {
    const [tag, ...classes] = what.split('.');
    const node = document.createElement(tag || 'div');
    if (classes.length)
        node.className = classes.join(' ');
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === null || value === undefined || value === false)
            continue;
        if (name.startsWith('on'))
            node.addEventListener(name.slice(2), value);
        else
            node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.filter(c => c !== null && c !== undefined && c !== false));
    return node;
}

/* Only what differs is written: a write costs a layout, a comparison does not. */
export function setText(node, text) {
    if (node.textContent !== text)
        node.textContent = text;
}

export function setClass(node, name) {
    if (node.className !== name)
        node.className = name;
}

/* A name chosen by somebody else, kept from turning around or running into what is beside it. */
export function named(name) {
    const node = document.createElement('bdi');
    node.textContent = name;
    return node;
}

/* A canvas for w by h CSS pixels, sharp on any screen; its 2d context, scaled. */
export function fitCanvas(canvas, w, h) {
    const scale = Math.min(devicePixelRatio || 1, 3);
    const width = Math.round(w * scale), height = Math.round(h * scale);
    if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
        canvas.style.width = `${w}px`;
        canvas.style.height = `${h}px`;
    }
    const context = canvas.getContext('2d');
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, w, h);
    return context;
}

let announcer;
/* Say it to who listens rather than looks. */
export function announce(text) {
    announcer ??= document.getElementById('announce');
    setText(announcer, text);
}
