/*
 * lock: one recorder per store. An OFD lock on STORE/lock, which goes with the last process that
 * has the descriptor, however it ends.
 */
#ifndef DOMTOP_STORE_LOCK_H
#define DOMTOP_STORE_LOCK_H

#include <stddef.h>

/*
 * Take it for this process and who inherits the descriptor: a descriptor (close-on-exec), or
 * -EAGAIN with a sentence that says who holds it, or another -errno. When the holder's first
 * process is gone and only its recorder is finishing, waits for that for some seconds.
 */
int store_lock(int dir, char holder[256]);

#endif
