/* api: asking the server, which is only ever the one the page came from. */

/* What went wrong, in words; status 0: there was no answer at all. */
export class ApiError extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

async function sentence(response) {
    try {
        const body = await response.json();
        return typeof body.error === 'string' ? body.error : `the server answered ${response.status}`;
    } catch {
        return `the server answered ${response.status}`;
    }
}

/*
 * GET /api/v1/NAME?PARAMS as JSON. With `seen`, an object that is kept from call to call, null when
 * the answer is the one before. Times out after ten seconds.
 */
export async function get(name, params, options = {}) {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(params ?? {}))
        if (value !== null && value !== undefined)
            query.set(key, value);
    const text = query.toString().replaceAll('%2C', ',');
    const timeout = AbortSignal.timeout(10000);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    let response;
    try {
        response = await fetch(`/api/v1/${name}${text ? `?${text}` : ''}`, {signal, cache: 'no-cache', headers: {Accept: 'application/json'}});
    } catch (error) {
        if (options.signal?.aborted)
            throw error;
        throw new ApiError(0, 'no answer from the server');
    }
    if (!response.ok)
        throw new ApiError(response.status, await sentence(response));
    const etag = response.headers.get('etag');
    if (options.seen) {
        if (etag && options.seen.etag === etag) {
            /* Read to its end, or the connection cannot be used again. */
            await response.arrayBuffer();
            return null;
        }
        options.seen.etag = etag;
    }
    return response.json();
}

/* A table as objects, a row each: {fields, rows} to [{field: value}]. null stays null. */
export function records(table) {
    return table ? table.rows.map(row => Object.fromEntries(table.fields.map((f, i) => [f, row[i]]))) : null;
}
