/* recording: all of it back again, and as much as is whole after any harm. */
#include "simulated.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "recording.h"
#include "replay.h"
#include "wire.h"

static char folder[] = "/tmp/domtop-recording-XXXXXX";
static char path[sizeof(folder) + 32];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/r.domtop", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

/* Samples of a small host, each as its frame, to compare with. */
#define SAMPLES 150
static struct text frames[SAMPLES];

static void record(const char *settings, unsigned from, unsigned to, enum recording_mode mode,
                   uint64_t *ends)
{
    char message[RECORDING_MESSAGE] = "";
    struct simulated h;
    struct recording_writer *r = recording_writer_open(path, mode, message);
    struct stat st;

    if (!r)
        fail_msg("%s", message);
    simulated_open(&h, settings);
    for (unsigned i = 0; i < to; i++) {
        simulated_sample(&h);
        text_clear(&frames[i]);
        assert_int_equal(wire_encode(&frames[i], h.now), 0);
        if (i < from)
            continue;
        assert_int_equal(recording_writer_write(r, h.now), 0);
        assert_int_equal(stat(path, &st), 0);
        if (ends)
            ends[i] = (uint64_t)st.st_size;
    }
    assert_int_equal(recording_writer_samples(r), to - from);
    assert_true(recording_writer_bytes(r) > 0);
    assert_int_equal(recording_writer_close(r), 0);
    simulated_close(&h);
}

/* How many samples can be read; those that can are as they were. */
static size_t count_good(struct recording *r, bool in_order)
{
    struct snapshot s = {0};
    struct text frame = {0};
    size_t good = 0;

    for (size_t g = 0; g < recording_groups(r); g++)
        for (size_t i = 0; i < recording_samples(r, g); i++) {
            if (recording_read(r, g, i, &s))
                continue;
            text_clear(&frame);
            assert_int_equal(wire_encode(&frame, &s), 0);
            if (in_order) {
                assert_int_equal(frame.len, frames[good].len);
                assert_memory_equal(frame.data, frames[good].data, frame.len);
            }
            good++;
        }
    text_release(&frame);
    snapshot_release(&s);
    return good;
}

static size_t good_in_file(bool in_order)
{
    char message[RECORDING_MESSAGE] = "";
    struct recording *r = recording_open(path, message);

    if (!r) {
        assert_true(strlen(message) > 10);
        return 0;
    }
    size_t good = count_good(r, in_order);
    recording_close(r);
    return good;
}

static char *read_file(size_t *len)
{
    struct stat st;
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    char *bytes = malloc((size_t)st.st_size + 1);
    assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
    close(fd);
    *len = (size_t)st.st_size;
    return bytes;
}

static void write_file(const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static void all_back(void **state)
{
    char message[RECORDING_MESSAGE];
    struct snapshot s = {0};

    (void)state;
    record("domains=5,seed=3", 0, SAMPLES, RECORDER_FORCE, NULL);
    struct recording *r = recording_open(path, message);
    assert_non_null(r);
    assert_int_equal(recording_groups(r), (SAMPLES + RECORDING_GROUP - 1) / RECORDING_GROUP);
    assert_true(recording_ended(r));
    assert_int_equal(count_good(r, true), SAMPLES);
    /* In any order, and past the end. */
    assert_int_equal(recording_read(r, 2, 3, &s), 0);
    assert_int_equal(s.wall_ns, recording_wall_ns(r, 2, 3));
    assert_int_equal(recording_read(r, 0, 7, &s), 0);
    assert_int_equal(recording_group_wall_ns(r, 0), recording_wall_ns(r, 0, 0));
    assert_int_equal(recording_read(r, 2, 63, &s), -ENODATA);
    assert_int_equal(recording_read(r, 99, 0, &s), -ENODATA);
    recording_close(r);
    snapshot_release(&s);
}

static void refusals(void **state)
{
    char message[RECORDING_MESSAGE] = "";

    (void)state;
    write_file("", 0);
    assert_null(recording_open(path, message));
    assert_non_null(strstr(message, "empty"));
    write_file("hello, this is a letter\n", 24);
    assert_null(recording_open(path, message));
    assert_non_null(strstr(message, "no recording"));
    assert_null(recording_open("/nonexistent/file", message));
    assert_non_null(strstr(message, "No such file"));
    assert_null(recording_open(folder, message));
    assert_null(recording_writer_open(path, RECORDER_NEW, message));
    assert_non_null(strstr(message, "--append"));
    assert_null(
        recording_writer_open(path, RECORDER_APPEND, message)); /* a letter is not gone on with */
    assert_null(recording_writer_open("/nonexistent/file", RECORDER_NEW, message));
    /* Two recorders of one file. */
    struct recording_writer *one = recording_writer_open(path, RECORDER_FORCE, message);
    assert_non_null(one);
    assert_null(recording_writer_open(path, RECORDER_APPEND, message));
    assert_non_null(strstr(message, "another"));
    assert_int_equal(recording_writer_close(one), 0);
}

static void cut_at_every_byte(void **state)
{
    uint64_t ends[12];
    size_t len;

    (void)state;
    record("domains=2,pcpus=1", 0, 12, RECORDER_FORCE, ends);
    char *bytes = read_file(&len);
    for (size_t cut = 0; cut <= len; cut++) {
        size_t whole = 0;
        while (whole < 12 && ends[whole] <= cut)
            whole++;
        write_file(bytes, cut);
        size_t good = good_in_file(true);
        if (good < whole || good > whole + 1)
            fail_msg("cut at %zu of %zu: %zu samples, not %zu", cut, len, good, whole);
    }
    free(bytes);
}

static void going_on_after_a_crash(void **state)
{
    uint64_t ends[SAMPLES];
    size_t len;

    (void)state;
    record("domains=3", 0, 100, RECORDER_FORCE, ends);
    char *bytes = read_file(&len);
    write_file(bytes, ends[79] + 10); /* in the middle of the second group's 17th sample */
    record("domains=3", 80, 100, RECORDER_APPEND, NULL);
    assert_int_equal(good_in_file(true), 100);
    free(bytes);
}

static void damage_costs_its_group(void **state)
{
    uint64_t ends[SAMPLES];
    size_t len;

    (void)state;
    record("domains=3", 0, SAMPLES, RECORDER_FORCE, ends);
    char *bytes = read_file(&len);
    memset(bytes + ends[70], 0x55, 200); /* the 8th sample of the second of three groups */
    write_file(bytes, len);
    size_t good = good_in_file(false);
    assert_in_range(good, 64 + 6 + 22, SAMPLES - 1);
    /* Without its beginning too. */
    memset(bytes, 0, 40);
    write_file(bytes, len);
    assert_in_range(good_in_file(false), 64 + 22, SAMPLES - 1);
    free(bytes);
}

static void growing(void **state)
{
    char message[RECORDING_MESSAGE];
    struct simulated h;
    struct recording_writer *w = recording_writer_open(path, RECORDER_FORCE, message);
    struct recording *r = NULL;

    (void)state;
    simulated_open(&h, "domains=3");
    for (unsigned i = 0; i < 70; i++) {
        simulated_sample(&h);
        text_clear(&frames[i]);
        wire_encode(&frames[i], h.now);
        assert_int_equal(recording_writer_write(w, h.now), 0);
        if (!r)
            r = recording_open(path, message);
        assert_non_null(r);
        assert_int_equal(recording_refresh(r), 0);
        assert_int_equal(count_good(r, true), i + 1);
        assert_false(recording_ended(r));
    }
    recording_writer_close(w);
    recording_refresh(r);
    assert_true(recording_ended(r));
    /* Begun anew under the reader's eyes. */
    record("domains=3", 0, 5, RECORDER_FORCE, NULL);
    assert_int_equal(recording_refresh(r), 0);
    assert_int_equal(count_good(r, true), 5);
    recording_close(r);
    simulated_close(&h);
}

/* A limit on the file's size is a full disk that a test may have. */
static void full_disk(void **state)
{
    char message[RECORDING_MESSAGE];
    struct rlimit before, limit;
    struct simulated h;
    unsigned written = 0;
    int status = 0;

    (void)state;
    struct recording_writer *r = recording_writer_open(path, RECORDER_FORCE, message);
    simulated_open(&h, "domains=5");
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 20000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    while (!status && written < SAMPLES) {
        simulated_sample(&h);
        text_clear(&frames[written]);
        wire_encode(&frames[written], h.now);
        status = recording_writer_write(r, h.now);
        written += !status;
    }
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, -EFBIG);
    assert_int_equal(recording_writer_write(r, h.now), -EIO);
    assert_int_equal(recording_writer_samples(r), written);
    recording_writer_close(r);
    assert_in_range(written, 2, SAMPLES - 1);
    assert_int_equal(good_in_file(true), written);
    simulated_close(&h);
}

/* Whatever is in the file: nothing crashes, hangs or grows. DOMTOP_MUTANTS: how many. */
static void harm_is_bounded(void **state)
{
    size_t len;
    unsigned seed = 1;

    (void)state;
    record("domains=3", 0, 70, RECORDER_FORCE, NULL);
    char *bytes = read_file(&len), *harmed = malloc(len);
    const char *more = getenv("DOMTOP_MUTANTS");
    for (unsigned long i = 0, n = more ? strtoul(more, NULL, 10) : 300; i < n; i++) {
        memcpy(harmed, bytes, len);
        for (unsigned k = 0; k <= i % 8; k++) {
            seed = seed * 1103515245 + 12345;
            size_t at = (seed >> 4) % len;
            seed = seed * 1103515245 + 12345;
            harmed[at] = (char)(seed >> 16);
        }
        write_file(harmed, i % 3 ? len : seed % len);
        good_in_file(false);
    }
    free(bytes);
    free(harmed);
}

static void played(void **state)
{
    char message[REPLAY_MESSAGE] = "";
    struct snapshot s = {0};

    (void)state;
    record("domains=3,step=7", 0, 70, RECORDER_FORCE, NULL);
    struct source *source = replay_open(path, 2, message);
    assert_non_null(source);
    assert_true(source->simulated);
    for (unsigned i = 0; i < 70; i++) {
        assert_int_equal(source->sample(source, &s, PART_ALL), 0);
        assert_int_equal(s.seq, i + 1);
        /* Seven seconds, twice as fast. */
        assert_int_equal(source->pace(source), i < 69 ? 7 * NS_PER_S / 2 : 0);
    }
    assert_int_equal(source->sample(source, &s, PART_ALL), -ENODATA);
    record("domains=3,step=7", 70, 72, RECORDER_APPEND, NULL); /* it went on */
    assert_int_equal(source->sample(source, &s, PART_ALL), 0);
    assert_int_equal(s.seq, 71);
    source->close(source);
    source = replay_open(path, 0, message);
    assert_int_equal(source->sample(source, &s, PART_ALL), 0);
    assert_int_equal(source->pace(source), 0);
    source->close(source);
    snapshot_release(&s);
    assert_null(replay_open("/nonexistent", 1, message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_back),
        cmocka_unit_test(refusals),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(going_on_after_a_crash),
        cmocka_unit_test(damage_costs_its_group),
        cmocka_unit_test(growing),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(harm_is_bounded),
        cmocka_unit_test(played),
    };
    int failed = cmocka_run_group_tests(tests, set_up, tear_down);

    for (size_t i = 0; i < SAMPLES; i++)
        text_release(&frames[i]);
    return failed;
}
