// SPDX-License-Identifier: Apache-2.0

package control

import (
	"maps"
	"slices"
	"strconv"

	"vipward/checker"
	"vipward/ipvs"
)

// checkerMetrics writes health, quorum and the kernel's counters.
func checkerMetrics(x *exposition, v *checker.View) {
	for _, vs := range v.Virtuals {
		x.gauge("vipward_virtual_server_up", "Whether a virtual server has its quorum.", "vs").add(number(vs.Up), vs.Name)
		x.gauge("vipward_virtual_server_live_weight", "Sum of the weights that are alive.", "vs").add(float64(vs.Live), vs.Name)
		x.gauge("vipward_virtual_server_quorum", "Weight that the quorum needs.", "vs").add(float64(vs.Quorum), vs.Name)
		if vs.Sorry != nil {
			x.gauge("vipward_virtual_server_sorry", "Whether the sorry server serves.", "vs").add(number(vs.Sorry.Serves), vs.Name)
		}
		if vs.Counters != nil {
			ipvsCounters(x, "vipward_ipvs_service_", *vs.Counters, []string{"vs"}, []string{vs.Name})
		}
		for _, rs := range vs.Reals {
			serverMetrics(x, vs.Name, rs)
		}
	}
	x.counter("vipward_ipvs_operations_total", "Changes of the kernel's table.").add(float64(v.Operations))
	x.counter("vipward_ipvs_repairs_total", "Changes that undid what others had done to the kernel's table.").add(float64(v.Repaired))
	x.gauge("vipward_ipvs_trouble", "Whether the kernel's table is not as it should be.").add(number(v.Trouble != ""))
	x.gauge("vipward_checks", "Configured checks.").add(float64(v.Probes.Checks))
	x.gauge("vipward_checks_running", "Checks that run now.").add(float64(v.Probes.Running))
	x.gauge("vipward_checks_limit", "Checks that may run at once.").add(float64(v.Probes.Limit))
	x.gauge("vipward_check_worst_lag_seconds", "The longest that a check waited for its turn.").add(float64(v.Probes.Late))
}

// serverMetrics writes one real server. Checks that are alike are told apart by their number.
func serverMetrics(x *exposition, vs string, rs checker.RealView) {
	labels, id := []string{"vs", "rs"}, []string{vs, rs.Name}
	x.gauge("vipward_real_server_up", "Whether a real server is alive.", labels...).add(number(rs.Alive), id...)
	x.gauge("vipward_real_server_in_table", "Whether a real server is in the kernel's table.", labels...).add(number(rs.InTable), id...)
	x.gauge("vipward_real_server_weight", "Weight of a real server.", labels...).add(float64(rs.Weight), id...)
	if o := rs.Order; o != nil && o.Hold != checker.HoldNone {
		x.gauge("vipward_real_server_order", "An order of an operator that holds; always 1.", "vs", "rs", "order").add(1, vs, rs.Name, string(o.Hold))
	}
	if rs.Paused != nil {
		x.gauge("vipward_real_server_order", "An order of an operator that holds; always 1.", "vs", "rs", "order").add(1, vs, rs.Name, string(rs.Paused.Hold))
	}
	if rs.Load != nil {
		x.gauge("vipward_ipvs_server_active_connections", "Active connections.", labels...).add(float64(rs.Load.Active), id...)
		x.gauge("vipward_ipvs_server_inactive_connections", "Inactive connections.", labels...).add(float64(rs.Load.Inactive), id...)
		x.gauge("vipward_ipvs_server_persistent_connections", "Clients that are bound to the server.", labels...).add(float64(rs.Load.Persistent), id...)
	}
	if rs.Counters != nil {
		ipvsCounters(x, "vipward_ipvs_server_", *rs.Counters, labels, id)
	}
	for i, c := range rs.Checks {
		checkMetrics(x, append(id, c.Kind, strconv.Itoa(i)), c)
	}
}

func checkMetrics(x *exposition, id []string, c checker.CheckView) {
	labels := []string{"vs", "rs", "check", "nth"}
	x.gauge("vipward_check_up", "Whether a check is up.", labels...).add(number(c.Up), id...)
	x.gauge("vipward_check_latency_seconds", "How long the last run took.", labels...).add(float64(c.Latency), id...)
	x.gauge("vipward_check_lag_seconds", "How long the last run waited for its turn.", labels...).add(float64(c.Late), id...)
	x.counter("vipward_check_runs_total", "Runs that passed or failed.", labels...).add(float64(c.Runs), id...)
	x.counter("vipward_check_failures_total", "Runs that failed.", labels...).add(float64(c.Bad), id...)
}

// ipvsCounters writes what the kernel counts.
func ipvsCounters(x *exposition, prefix string, c ipvs.Counters, labels, id []string) {
	for _, n := range []struct {
		name, help string
		value      uint64
	}{
		{"connections_total", "Connections so far.", c.Connections},
		{"in_packets_total", "Packets from clients.", c.InPackets},
		{"out_packets_total", "Packets to clients.", c.OutPackets},
		{"in_bytes_total", "Bytes from clients.", c.InBytes},
		{"out_bytes_total", "Bytes to clients.", c.OutBytes},
	} {
		x.counter(prefix+n.name, n.help, labels...).add(float64(n.value), id...)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
