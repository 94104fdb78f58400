/* fields: what the tables of domains are made of: the page's short names and the API's fields. */

export const FIELDS = {
    uuid: 'uuid', domid: 'domid', name: 'name', type: 'type', state: 'state_word', cpu: 'cpu_ns_rate',
    vcpus: 'vcpus', mem: 'mem_bytes', max: 'mem_max', rx: 'rx_bytes_rate', tx: 'tx_bytes_rate',
    rd: 'rd_bytes_rate', wr: 'wr_bytes_rate', wait: 'wait_est', oo: 'oo_reqs_rate',
};
export const FIELD_LIST = Object.values(FIELDS).join(',');

const names = Object.keys(FIELDS);

/* A function that writes a row of the table into an object. */
export function reader(table) {
    const at = names.map(name => table.fields.indexOf(FIELDS[name]));
    return (row, into) => {
        for (let i = 0; i < names.length; i++)
            into[names[i]] = at[i] < 0 ? null : row[at[i]];
        into.key = `${into.uuid}:${into.domid}`;
        return into;
    };
}
