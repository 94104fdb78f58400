/*
 * xenstored: whether it answers, found out without waiting longer than a few seconds.
 */
#ifndef DOMTOP_XENSTORED_H
#define DOMTOP_XENSTORED_H

/*
 * Ask xenstored for dom0's name: one that is stopped would never answer, nor would one that is not
 * there behind the kernel's device. NULL when it answers, else one sentence saying what is wrong
 * and what to try.
 */
const char *xenstored_missing(void);

#endif
