/*
 * mutants: ten thousand damaged RRD files. Each is either refused by the check or survived by
 * librrd, whose updates of it run in a child so that a crash is seen, and which one it was.
 *
 * Mutants are of the head (where what librrd believes is), of anywhere, cut, and grown.
 */
#include "folder.h"
#include "unit.h"

#include <errno.h>
#include <rrd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base.h"
#include "store/rrd.h"
#include "store/rrdcheck.h"

#define T0      UINT64_C(1795317160)
#define MUTANTS 10000
#define SIZE    65536

static uint64_t seed = 88172645463325252u;

static uint64_t any(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static const void *row(void *arg, uint64_t index)
{
    return index < 2 ? (struct vcpu *)arg + index : NULL;
}

/* Numbers that hurt. */
static uint64_t bad_number(void)
{
    static const uint64_t n[] = {0,
                                 1,
                                 2,
                                 255,
                                 65536,
                                 INT32_MAX,
                                 UINT32_MAX,
                                 INT64_MAX,
                                 UINT64_MAX,
                                 UINT64_C(1) << 61,
                                 0x7ff8000000000000,
                                 0x7ff0000000000000};

    return n[any(ARRAY_LEN(n))];
}

static size_t mutate(unsigned char *m, const unsigned char *whole, size_t len, size_t head)
{
    size_t at, count = 1 + any(4);

    memcpy(m, whole, len);
    switch (any(5)) {
    case 0: return any(len);
    case 1: return len + any(4096);
    case 2:
        for (; count; count--)
            m[any(head)] = (unsigned char)any(256);
        break;
    case 3:
        for (; count; count--) {
            uint64_t n = bad_number();
            at = any(head / 8) * 8;
            memcpy(m + at, &n, 8);
        }
        break;
    default:
        for (; count; count--)
            m[any(len)] ^= (unsigned char)(1 << any(8));
    }
    return len;
}

/* What happened to how many, shared with the children. */
struct tally {
    unsigned done, refused, failed, updated;
};

static void survive(struct folder *f, struct rrd_store *store, const unsigned char *whole,
                    size_t len, size_t head, struct tally *t)
{
    static unsigned char m[SIZE + 4096];
    struct vcpu vcpus[2] = {{.cpu_ns = 5, .online = 1}, {.cpu_ns = 6, .online = 0}};
    struct rrd_file file;

    while (t->done < MUTANTS) {
        t->done++;
        seed = t->done * UINT64_C(0x9e3779b97f4a7c15) + 1;
        size_t size = mutate(m, whole, len, head);
        int fd = openat(f->fd, "pcpus.rrd", O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (fd < 0 || write(fd, m, size) != (ssize_t)size)
            _exit(1);
        close(fd);
        rrd_file_init(&file, ENTITY_PCPU, NULL, 0);
        file.entity = ENTITY_VCPU; /* so that names are found */
        if (rrd_file_open(store, &file)) {
            t->refused++;
            continue;
        }
        rrd_file_add(store, &file, MAX(T0 + 3000, file.last_s + 10), RRD_NEW, row, vcpus);
        alarm(20);
        if (rrd_file_write(store, &file))
            t->failed++;
        else
            t->updated++;
        rrd_file_drop(store, &file);
        if (file.last_s > 1000)
            rrd_file_back(store, &file, file.last_s - 500);
        rrd_file_grow(store, &file, 3);
        alarm(0);
        rrd_file_release(store, &file);
    }
    _exit(0);
}

static void mutants(void **state)
{
    struct folder *f = *state;
    char working_on[LAYOUT_PATH], message[ARCHIVES_MESSAGE];
    struct rrd_store store = {.dir = f->fd,
                              .root = f->path,
                              .step_s = 10,
                              .working_on = working_on,
                              .waiting_max = 1 << 20};
    struct vcpu vcpus[2] = {{.cpu_ns = 1}, {.cpu_ns = 2}};
    static unsigned char whole[SIZE];
    struct rrd_file file;
    struct rrdcheck c;
    struct tally *t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                           0);
    unsigned crashes = 0;
    int status = 0, err;

    archives_parse(&store.archives, "10s:10m,1m:1h", 10, message);
    rrd_file_init(&file, ENTITY_PCPU, NULL, 0);
    file.entity = ENTITY_VCPU;
    assert_int_equal(rrd_file_create(&store, &file, 2, T0), 0);
    for (unsigned i = 0; i < 100; i++) {
        vcpus[0].cpu_ns += i;
        rrd_file_add(&store, &file, T0 + 10 * i, RRD_GOES_ON, row, vcpus);
    }
    assert_int_equal(rrd_file_write(&store, &file), 0);
    int fd = openat(f->fd, "pcpus.rrd", O_RDONLY);
    ssize_t len = read(fd, whole, sizeof(whole));
    close(fd);
    assert_true(len > 1000 && len < SIZE);
    free(rrdcheck_file(&c, f->fd, "pcpus.rrd", &err));
    while (t->done < MUTANTS && crashes < 100) {
        pid_t pid = fork();
        if (!pid)
            survive(f, &store, whole, (size_t)len, c.head_bytes, t);
        waitpid(pid, &status, 0);
        if (WIFSIGNALED(status)) {
            print_message("mutant %u: signal %d\n", t->done, WTERMSIG(status));
            crashes++;
        }
    }
    assert_int_equal(crashes, 0);
    assert_int_equal(t->done, MUTANTS);
    /* The test is worth something only where both happen. */
    assert_true(t->refused > MUTANTS / 4);
    assert_true(t->updated > MUTANTS / 20);
    rrd_file_release(&store, &file);
    munmap(t, sizeof(*t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(mutants, folder_make, folder_drop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
