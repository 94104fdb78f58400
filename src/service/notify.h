/*
 * notify: tells the service manager how the service is: READY=1, STOPPING=1, STATUS=...,
 * WATCHDOG=1.
 *
 * By the plain protocol, a datagram to the socket that NOTIFY_SOCKET names: sd_notify(3) documents
 * it as stable, and it is less than a library that brings the journal's reader and a decompressor
 * into the process that holds Xen's handles.
 */
#ifndef DOMTOP_SERVICE_NOTIFY_H
#define DOMTOP_SERVICE_NOTIFY_H

#include <stdint.h>

/* Look for a manager in the environment, and take its variables out of it. */
void notify_start(void);

/* Tell it: lines such as "READY=1\nSTATUS=...". Nothing happens where there is none. */
void notify(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* How often it wants to hear WATCHDOG=1, halved; 0: never. */
uint64_t notify_watchdog_ns(void);

#endif
