/* table: the live table of domains. Only the rows in sight have elements, and of those only what
   changed is written, so that a thousand domains cost as much as forty. */

import {el, announce} from './dom.js';
import {COLUMNS, fitting, template, comparator, nameOf} from './columns.js';
import {go} from './state.js';

const SPARE = 6; /* rows made beyond the window's edges */

export class Table {
    /* onsort(id, descending) when somebody asks for another order. */
    constructor(onsort) {
        this.onsort = onsort;
        this.rows = [];
        this.made = [];
        this.columns = [];
        this.selected = null;
        this.sort = {id: 'cpu', descending: true};
        this.head = el('div.thead', {role: 'row'});
        this.body = el('div.tbody', {role: 'rowgroup'});
        this.empty = el('p.empty', {hidden: true});
        this.node = el('div.table', {role: 'grid', tabindex: '0', 'aria-label': 'Domains', onkeydown: e => this.key(e)},
            el('div.theadgroup', {role: 'rowgroup'}, this.head), this.body, this.empty);
        this.body.addEventListener('click', e => this.click(e));
        this.body.addEventListener('dblclick', () => this.open());
        this.resize = new ResizeObserver(() => this.layout());
        this.scroll = () => this.draw();
    }

    mount() {
        this.resize.observe(this.node);
        addEventListener('scroll', this.scroll, {passive: true});
    }
    unmount() {
        this.resize.disconnect();
        removeEventListener('scroll', this.scroll);
    }

    /* ---- columns ---- */

    layout() {
        const width = this.node.clientWidth, columns = fitting(width);
        this.rowHeight = parseInt(getComputedStyle(this.node).getPropertyValue('--row'), 10) || 32;
        if (columns.map(c => c.id).join() !== this.columns.map(c => c.id).join() || width !== this.width) {
            this.width = width;
            this.columns = columns;
            this.node.style.setProperty('--columns', template(columns, width));
            this.head.replaceChildren(...columns.map(c => this.header(c)));
            this.node.setAttribute('aria-colcount', String(columns.length));
            for (const row of this.made)
                row.node.remove();
            this.made = [];
        }
        this.showSort();
        this.draw();
    }

    header(c) {
        return el(`div.th${c.number ? '.number' : ''}`, {role: 'columnheader', 'data-id': c.id},
            el('button', {type: 'button', title: c.help, onclick: () => this.ask(c)}, c.title, el('i.arrow')));
    }

    /* Words begin with a, figures with the largest; a second time turns it around. */
    ask(c) {
        const descending = this.sort.id === c.id ? !this.sort.descending : Boolean(c.number) || c.id === 'trend';
        this.onsort(c.id, descending);
    }

    showSort() {
        for (const th of this.head.children) {
            const on = th.dataset.id === this.sort.id;
            th.setAttribute('aria-sort', on ? this.sort.descending ? 'descending' : 'ascending' : 'none');
        }
    }

    /* ---- rows ---- */

    /* domains: an iterable of live.js's, fits: which of them to show. */
    update(domains, fits, sort, whole) {
        const column = COLUMNS.find(c => c.id === sort.id) ?? COLUMNS[0];
        this.sort = sort;
        this.rows = [...domains].filter(fits).sort(comparator(column, sort.descending));
        this.empty.hidden = this.rows.length > 0;
        this.empty.textContent = whole ? 'No domain fits the filter.' : 'There are no domains.';
        this.node.setAttribute('aria-rowcount', String(this.rows.length + 1));
        if (!this.rows.some(d => d.key === this.selected))
            this.selected = null;
        this.layout();
    }

    makeRow() {
        const cells = this.columns.map(c => {
            const cell = c.make();
            return {cell, node: el(`div.td.${c.id}${c.number ? '.number' : ''}`, {role: 'gridcell'}, cell.node)};
        });
        const node = el('div.tr', {role: 'row'}, ...cells.map(c => c.node));
        this.body.append(node);
        return {node, cells: cells.map(c => c.cell), index: -1, key: null};
    }

    draw() {
        const height = this.rowHeight, top = this.body.getBoundingClientRect().top;
        const first = Math.max(0, Math.floor(-top / height) - SPARE);
        const last = Math.min(this.rows.length, Math.ceil((innerHeight - top) / height) + SPARE);
        const want = Math.max(0, last - first);
        const total = `${this.rows.length * height}px`;
        if (this.body.style.height !== total)
            this.body.style.height = total;
        while (this.made.length < want)
            this.made.push(this.makeRow());
        while (this.made.length > want)
            this.made.pop().node.remove();
        /* Each place has a row of its own, whoever scrolls by: index modulo what there is. */
        for (let i = first; i < last; i++)
            this.drawRow(this.made[i % want], i);
    }

    drawRow(row, index) {
        const d = this.rows[index];
        if (row.index !== index) {
            row.index = index;
            row.node.style.transform = `translateY(${index * this.rowHeight}px)`;
            row.node.setAttribute('aria-rowindex', String(index + 2));
        }
        if (row.key !== d.key) {
            row.key = d.key;
            row.node.id = `row-${d.key.replace(':', '-')}`;
            row.node.dataset.key = d.key;
        }
        const selected = d.key === this.selected;
        if (row.selected !== selected) {
            row.selected = selected;
            row.node.classList.toggle('selected', selected);
            row.node.setAttribute('aria-selected', String(selected));
        }
        for (const cell of row.cells)
            cell.show(d);
    }

    /* ---- who is selected: a domain, not a place ---- */

    click(event) {
        const node = event.target.closest('.tr');
        if (!node)
            return;
        this.selected = node.dataset.key;
        this.draw();
        this.node.setAttribute('aria-activedescendant', node.id);
    }

    move(by) {
        const at = this.rows.findIndex(d => d.key === this.selected);
        /* With nothing chosen a step begins at the end it comes from. */
        const from = at >= 0 ? at : by > 0 ? -1 : this.rows.length;
        const to = Math.max(0, Math.min(this.rows.length - 1, from + by));
        const d = this.rows[to];
        if (!d)
            return;
        this.selected = d.key;
        this.reveal(to);
        this.draw();
        this.node.setAttribute('aria-activedescendant', `row-${d.key.replace(':', '-')}`);
        announce(`${nameOf(d)}, ${d.state ?? 'state unknown'}`);
    }

    reveal(index) {
        const cover = this.head.getBoundingClientRect().bottom, top = this.body.getBoundingClientRect().top + index * this.rowHeight;
        if (top < cover)
            scrollBy(0, top - cover);
        else if (top + this.rowHeight > innerHeight)
            scrollBy(0, top + this.rowHeight - innerHeight + 8);
    }

    open() {
        const d = this.rows.find(x => x.key === this.selected);
        if (d)
            go(`/domain/${d.uuid}`);
    }

    key(event) {
        if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.node)
            return;
        const page = Math.max(1, Math.floor(innerHeight / this.rowHeight) - 4);
        const moves = {ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, g: -Infinity, End: Infinity, G: Infinity};
        if (event.key in moves)
            this.move(moves[event.key]);
        else if (event.key === 'Enter')
            this.open();
        else if (event.key === '<' || event.key === '>')
            this.shiftSort(event.key === '<' ? -1 : 1);
        else if (event.key === 'r' || event.key === 'I')
            this.onsort(this.sort.id, !this.sort.descending);
        else if ({P: 'cpu', M: 'mem', N: 'name'}[event.key])
            this.ask(COLUMNS.find(c => c.id === {P: 'cpu', M: 'mem', N: 'name'}[event.key]));
        else
            return;
        event.preventDefault();
    }

    shiftSort(by) {
        const at = this.columns.findIndex(c => c.id === this.sort.id);
        const c = this.columns[(at + by + this.columns.length) % this.columns.length];
        this.onsort(c.id, Boolean(c.number));
    }
}
