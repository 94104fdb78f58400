/*
 * store: a folder that holds what was recorded of one host.
 *
 *     STORE/domtop-store            what it is and by which settings, see settings.h
 *     STORE/lock                    held (OFD lock) by the one recorder; says its pid, host, start
 *     STORE/host.json               the host's descriptions over time, see about.h
 *     STORE/host.rrd                its metrics
 *     STORE/pcpus.rrd               a set: data sources "METRIC_N" for pcpu N
 *     STORE/journal/YYYY-MM-DD.log  what happened on that day (UTC), see journal.h
 *     STORE/domains/UUID/
 *         domain.json               names, domids, type and devices over time, see about.h
 *         domain.rrd                its metrics
 *         vcpus.rrd                 a set: data sources "METRIC_N" for vcpu N
 *         vif-ID.rrd                one vif's metrics; ID as in the model
 *         vbd-ID.rrd                one vbd's
 *     STORE/damaged/                files set aside because librrd or we could not read them
 *     STORE/.held, .held.old        copies of what waits until its time is known, see held.h
 *
 * UUID is in its usual form; dom0's is 00000000-0000-0000-0000-000000000000. Names that start with
 * a dot are of files under way, and nobody's to read; those of .held go on with the next start.
 *
 * A data source is a metric: its name is the metric's id, counters are DERIVE with minimum 0 and
 * gauges GAUGE. METRIC_INFO is described in the .json files instead, METRIC_LIVE is left out. The
 * state, which is bits, is a source per bit ("state_running"), so that a mean is the share of time
 * in it. In place of pcpus' idle time is their busy time ("busy_ns_3"), and the host has "busy",
 * the mean share of them: what peaks are asked of. A store made before, of "idle_ns_3", is read as
 * well. Names are looked up, never counted: an older or newer store opens with what it has.
 *
 * A sample is written under its wall time cut to whole steps, so that each value at the finest
 * resolution is one sample's and not a blend of two. A value is that of the interval which ends at
 * its time. AVERAGE and MAX are kept in every archive whose rows stand for more than a step, and
 * AVERAGE alone in the finest. A row is known where any of its time is.
 *
 * Who reads takes no lock, opens nothing for writing and follows no symbolic link within the store.
 */
#ifndef DOMTOP_STORE_H
#define DOMTOP_STORE_H

#include "about.h"
#include "archives.h"
#include "journal.h"
#include "layout.h"
#include "settings.h"

#endif
