/*
 * notify: tells the service manager how the service is: READY=1, STOPPING=1, STATUS=...,
 * WATCHDOG=1; and takes what it hands over.
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

/* Sockets it has opened for the service (sd_listen_fds(3)): how many there are, from
 * NOTIFY_FIRST_SOCKET on. Their variables are taken out of the environment. */
#define NOTIFY_FIRST_SOCKET 3
unsigned notify_sockets(void);

/* How often it wants to hear WATCHDOG=1, halved; 0: never. */
uint64_t notify_watchdog_ns(void);

#endif
