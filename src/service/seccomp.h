/*
 * seccomp: the system calls each duty may make, as a filter of the kernel's. Private to confine.c.
 *
 * The lists are by name, so that they hold on every architecture; what one does not have is passed
 * over. They were taken from runs under strace and from what glibc's allocator, threads and name
 * look-ups are known to fall back to.
 */
#ifndef DOMTOP_SERVICE_SECCOMP_H
#define DOMTOP_SERVICE_SECCOMP_H

#include "confine.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SECCOMP_SKIPPED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                         \
    __has_feature(thread_sanitizer)
#define SECCOMP_SKIPPED true
#endif
#endif
#ifndef SECCOMP_SKIPPED
#define SECCOMP_SKIPPED false
#endif

/* Filter this process's system calls from now on. 0 with an empty message; 0 with a sentence where
 * the kernel or the build has no filter; -errno with one. */
int seccomp_duty(enum duty duty, char message[CONFINE_MESSAGE]);

#endif
