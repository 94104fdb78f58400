/* fuzz: what the fuzzers share: a check that ends the run with its place and words, copies, seeds.
 */
#ifndef DOMTOP_FUZZ_H
#define DOMTOP_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* A copy in a block of exactly its size, so that a read past its end is found. The caller frees. */
static inline void *fuzz_exact(const void *bytes, size_t len)
{
    void *copy = malloc(len ? len : 1);

    CHECK(copy);
    if (len)
        memcpy(copy, bytes, len);
    return copy;
}

/* The same with a NUL behind it. */
static inline char *fuzz_text(const void *bytes, size_t len)
{
    char *copy = malloc(len + 1);

    CHECK(copy);
    if (len)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

/* With FUZZ_SEEDS=FOLDER in the environment: an input there, by its number. */
static inline void fuzz_seed(size_t number, const void *bytes, size_t len)
{
    const char *folder = getenv("FUZZ_SEEDS");
    char path[4096];

    if (!folder)
        return;
    snprintf(path, sizeof(path), "%s/%zu", folder, number);
    FILE *f = fopen(path, "w");
    CHECK(f && fwrite(bytes, 1, len, f) == len && fclose(f) == 0);
}

#endif
