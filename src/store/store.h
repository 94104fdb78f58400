/*
 * store: a folder that holds what was recorded of one host.
 *
 *     STORE/domtop-store          "domtop store 1\n": this is one, and by which rules; then its
 * settings, a line each: "step 10", "archives 10s:1d,1m:7d,5m:31d,1h:396d,1d:5y" STORE/lock held
 * (OFD lock) by the one recorder; says its pid, host and start STORE/host.json             the
 * host's descriptions over time STORE/host.rrd              its metrics STORE/pcpus.rrd a set: data
 * sources "METRIC_N" for pcpu N STORE/journal/YYYY-MM-DD.log   what happened on that day (UTC): see
 * journal.h STORE/domains/UUID/domain.json    names, domids, type and devices over time: see
 * about.h STORE/domains/UUID/domain.rrd     its metrics STORE/domains/UUID/vcpus.rrd      a set:
 * data sources "METRIC_N" for vcpu N STORE/domains/UUID/vif-ID.rrd     one vif's metrics; ID as in
 * the model STORE/domains/UUID/vbd-ID.rrd     one vbd's STORE/damaged/              files set aside
 * because librrd or we could not read them
 *
 * UUID is in its usual form; dom0's is 00000000-0000-0000-0000-000000000000.
 *
 * A data source is a metric: its name is the metric's id, counters are DERIVE with minimum 0 and
 * gauges GAUGE; METRIC_INFO is described in the .json files instead. The state, which is bits, is a
 * source per bit ("state_running"), so that a mean is the share of time in it. Names are looked up,
 * never counted: an older or newer store opens with what it has.
 *
 * A sample is written under its wall time cut to whole steps, so that each value at the finest
 * resolution is one sample's and not a blend of two. AVERAGE and MAX are kept in every archive
 * whose rows stand for more than a step.
 *
 * Who reads takes no lock, opens nothing for writing and follows no symbolic link within the store.
 */
#ifndef DOMTOP_STORE_H
#define DOMTOP_STORE_H

#include "../metric.h"

#endif
