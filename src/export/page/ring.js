/* ring: the last values of something, oldest first; NaN is unknown. */

export class Ring {
    constructor(length) {
        this.values = new Float64Array(length).fill(NaN);
        this.next = 0;
    }
    add(value) {
        this.values[this.next] = value ?? NaN;
        this.next = (this.next + 1) % this.values.length;
    }
    fill(values) {
        for (const value of values ?? [])
            this.add(value);
    }
    get length() {
        return this.values.length;
    }
    at(i) {
        return this.values[(this.next + i) % this.values.length];
    }
    max() {
        let most = 0;
        for (const value of this.values)
            if (value > most)
                most = value;
        return most;
    }
}
