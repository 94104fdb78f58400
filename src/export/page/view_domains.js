/* view_domains: the first view: the host, and its domains in a table. Of now, or with ?at= of a moment
   of the past. */

import {el, setText} from './dom.js';
import {live, onSample} from './live.js';
import {param, setParams} from './state.js';
import {HostStrip} from './host.js';
import {Table} from './table.js';
import {COLUMNS} from './columns.js';
import {compile} from './filter.js';
import {PastBar} from './past_bar.js';
import {onTheme} from './theme.js';

const FIRST = {id: 'cpu', descending: true};

/* "cpu" or "-cpu" in the address; figures begin with the largest. */
function readSort() {
    const text = param('sort');
    const id = text?.replace(/^-/, '');
    return COLUMNS.some(c => c.id === id) ? {id, descending: text[0] === '-'} : {...FIRST};
}

export class DomainsView {
    title = 'Domains';

    constructor() {
        this.strip = new HostStrip();
        this.table = new Table((id, descending) => {
            setParams({sort: id === FIRST.id && descending ? null : (descending ? '-' : '') + id});
            this.show();
        });
        this.input = el('input', {
            type: 'search', id: 'filter', placeholder: 'Filter: web, cpu>50, state=blocked mem<2G', autocomplete: 'off',
            spellcheck: 'false', 'aria-label': 'Filter the domains', maxlength: '200', oninput: () => this.filtered(),
            onkeydown: e => this.inputKey(e),
        });
        this.wrong = el('span.wrong', {role: 'status'});
        this.count = el('span.count');
        this.select = el('select', {'aria-label': 'Sort by', onchange: () => this.table.onsort(this.select.value, Boolean(COLUMNS.find(c => c.id === this.select.value).number))},
            ...COLUMNS.filter(c => c.id !== 'trend').map(c => el('option', {value: c.id}, c.title)));
        this.note = el('p.notice', {hidden: true});
        this.past = new PastBar();
        this.node = el('div.domains', null, this.past.node, this.strip.node,
            el('div.tools', null, el('label.search', null, this.input, el('kbd', {title: 'Press / to filter'}, '/')),
                this.wrong, el('span.grow'), this.count, el('label.sortby', null, 'Sort ', this.select)),
            this.note, this.table.node);
    }

    mount() {
        this.input.value = param('filter') ?? '';
        this.table.mount();
        this.compileFilter();
        this.stop = onSample(() => this.show());
        onTheme(this.themed = () => this.node.isConnected && this.show());
        this.past.mount(() => this.show());
        this.show();
    }

    unmount() {
        this.stop();
        this.table.unmount();
        this.past.unmount();
    }

    compileFilter() {
        try {
            this.fits = compile(this.input.value);
            setText(this.wrong, '');
        } catch (error) {
            /* What was understood last goes on. */
            this.fits ??= () => true;
            setText(this.wrong, error.message);
        }
    }

    filtered() {
        this.compileFilter();
        setParams({filter: this.input.value});
        this.show();
    }

    inputKey(event) {
        if (event.key === 'Escape') {
            this.input.value = '';
            this.filtered();
            this.table.node.focus();
        } else if (event.key === 'Enter' || event.key === 'ArrowDown') {
            this.table.node.focus();
            this.table.move(1);
        } else {
            return;
        }
        event.preventDefault();
    }

    /* Keys of the whole view. */
    key(event) {
        if (event.key === '/') {
            this.input.focus();
            this.input.select();
            return true;
        }
        if (['ArrowDown', 'ArrowUp', 'j', 'k'].includes(event.key)) {
            this.table.node.focus({preventScroll: true});
            this.table.key({key: event.key, target: this.table.node, preventDefault() {}});
            return true;
        }
        return false;
    }

    show() {
        const source = this.past.source ?? live;
        if (!source.sample)
            return;
        const sort = readSort();
        this.strip.show(source);
        this.table.update(source.domains.values(), this.fits, sort, source.domains.size > 0);
        this.select.value = sort.id === 'trend' ? 'cpu' : sort.id;
        const all = source.domains.size, shown = this.table.rows.length;
        setText(this.count, shown === all ? `${all} domains` : `${shown} of ${all} domains`);
        this.collectors(source.sample);
    }

    /* What could not be read is said, not left to be wondered at. */
    collectors(sample) {
        const failed = sample.collectors.filter(c => !c.ok);
        this.note.hidden = !failed.length;
        setText(this.note, failed.map(c => `${c.name}: ${c.message ?? `error ${c.error}`}`).join(' \u00b7 '));
    }
}
