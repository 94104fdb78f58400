/*
 * links: interfaces and their counters, from the bytes of a rtnetlink dump. Pure: bytes in, rows
 * out; nothing is asked or opened here.
 *
 * Facts: rtnetlink(7); RTM_NEWLINK is a struct ifinfomsg and attributes, RTM_NEWSTATS a struct
 * if_stats_msg and attributes (include/uapi/linux/if_link.h).
 */
#ifndef DOMTOP_LINKS_H
#define DOMTOP_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_NAME 64 /* room for a name: IFNAMSIZ is 16 */

/* dom0's view: rx is what the interface received. */
struct link {
    uint32_t index;
    bool described; /* name and master are there: RTM_NEWLINK */
    char name[LINK_NAME];
    uint32_t master; /* index of the bridge or switch it is in; 0 is none */
    bool ovs;        /* one of Open vSwitch's own making: ovs-system, a bridge, an internal port */
    bool counted;    /* the counters are there */
    uint64_t rx_bytes, rx_packets, rx_errors, rx_drops;
    uint64_t tx_bytes, tx_packets, tx_errors, tx_drops;
};

enum links_end {
    LINKS_MORE,    /* the dump goes on in the next bytes */
    LINKS_DONE,    /* that was all */
    LINKS_CHANGED, /* that was all, but interfaces came or went meanwhile: some may be missing */
    LINKS_MORE_CHANGED, /* both: it goes on, and they did */
};

/*
 * Call row for each interface in one datagram of a dump that was asked for with this number.
 * Messages of other dumps are passed over. Returns enum links_end, or -errno: what the kernel
 * answered, or -EBADMSG for bytes that are no netlink.
 */
int links_parse(const void *bytes, size_t len, uint32_t seq,
                void (*row)(void *ctx, const struct link *link), void *ctx);

/* domid and number of a vif from its device's nodename: "backend/vif/3/0". */
bool vif_nodename_parse(const char *text, uint64_t *domid, uint64_t *id);

#endif
