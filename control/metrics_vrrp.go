// SPDX-License-Identifier: Apache-2.0

package control

import (
	"strconv"
	"strings"

	"vipward/vrrp"
)

// states are the numbers of keepalived's dumps.
var states = map[string]float64{"INIT": 0, "BACKUP": 1, "MASTER": 2, "FAULT": 3}

// exporterMetrics writes what keepalived-exporter makes of keepalived's dumps, under its
// names and labels, so that dashboards and alerts stay as they are.
func exporterMetrics(x *exposition, v *vrrp.Status) {
	address := []string{"iname", "intf", "vrid", "ip_address"}
	state := x.gauge("keepalived_vrrp_state", "State of vrrp", address...)
	excluded := x.gauge("keepalived_vrrp_excluded_state", "State of vrrp with excluded VIP", address...)
	for _, vi := range v.Instances {
		is, known := states[vi.State]
		if !known {
			continue // it stops
		}
		for _, a := range vi.VIPs {
			state.add(is, vi.Name, a.Device, vridOf(vi), shortAddress(a))
		}
		for _, a := range vi.Excluded {
			excluded.add(is, vi.Name, a.Device, vridOf(vi), shortAddress(a))
		}
		exporterCounters(x, vi)
	}
	status := x.gauge("keepalived_script_status", "Tracker Script Status", "name")
	phase := x.gauge("keepalived_script_state", "Tracker Script State", "name")
	for _, t := range v.Trackers {
		if t.Kind == "script" {
			status.add(number(t.State == "GOOD"), t.Name)
			phase.add(scriptPhases[t.Phase], t.Name)
		}
	}
}

// scriptPhases are the exporter's numbers.
var scriptPhases = map[string]float64{"idle": 0, "running": 1, "requested termination": 2, "forcing termination": 3}

// exporterCounters writes the counters of one instance.
func exporterCounters(x *exposition, vi vrrp.InstanceStatus) {
	n, s := vi.Counters, vi.Counters.Statistics
	for _, c := range []struct {
		name, help string
		value      float64
	}{
		{"keepalived_gratuitous_arp_delay_total", "Gratuitous ARP delay", float64(vi.GARPDelay)},
		{"keepalived_advertisements_received_total", "Advertisements received", float64(n.Received)},
		{"keepalived_advertisements_sent_total", "Advertisements sent", float64(n.Sent)},
		{"keepalived_become_master_total", "Became master", float64(n.BecameMaster)},
		{"keepalived_release_master_total", "Released master", float64(n.LeftMaster)},
		{"keepalived_packet_length_errors_total", "Packet length errors", float64(s.Length)},
		{"keepalived_advertisements_interval_errors_total", "Advertisement interval errors", float64(s.Interval)},
		{"keepalived_ip_ttl_errors_total", "TTL errors", float64(s.TTL)},
		{"keepalived_invalid_type_received_total", "Invalid type errors", float64(s.Type)},
		{"keepalived_address_list_errors_total", "Address list errors", float64(s.Addresses)},
		{"keepalived_authentication_invalid_total", "Authentication invalid", float64(s.AuthInvalid)},
		{"keepalived_authentication_mismatch_total", "Authentication mismatch", float64(s.AuthMismatch)},
		{"keepalived_authentication_failure_total", "Authentication failure", float64(s.AuthFailed)},
		{"keepalived_priority_zero_received_total", "Priority zero received", float64(n.ZeroReceived)},
		{"keepalived_priority_zero_sent_total", "Priority zero sent", float64(n.ZeroSent)},
	} {
		x.counter(c.name, c.help, "iname", "intf", "vrid").add(c.value, vi.Name, vi.Interface, vridOf(vi))
	}
}

// vrrpMetrics writes what the exporter could not know.
func vrrpMetrics(x *exposition, v *vrrp.Status) {
	labels := []string{"iname", "intf", "vrid"}
	for _, vi := range v.Instances {
		id := []string{vi.Name, vi.Interface, vridOf(vi)}
		x.gauge("vipward_vrrp_priority", "Effective priority.", labels...).add(float64(vi.Priority), id...)
		x.gauge("vipward_vrrp_base_priority", "Configured priority.", labels...).add(float64(vi.Configured), id...)
		x.gauge("vipward_vrrp_last_transition_timestamp_seconds", "When the state changed; 0: not yet.", labels...).add(epoch(vi.Since), id...)
		x.gauge("vipward_vrrp_faults", "Reasons that keep the instance out of the election.", labels...).add(float64(len(vi.Faults)), id...)
		x.gauge("vipward_vrrp_resting", "Whether an operator made the instance leave the mastership to others.", labels...).add(number(vi.Resting), id...)
		x.gauge("vipward_vrrp_deaf", "Whether test packets to ourselves are lost.", labels...).add(number(vi.Deaf), id...)
		x.counter("vipward_vrrp_adverts_late_total", "Adverts sent more than two intervals after the one before.", labels...).add(float64(vi.Late), id...)
		x.gauge("vipward_vrrp_advert_jitter_seconds", "Mean deviation of the gaps between sent adverts from the interval.", labels...).add(float64(vi.Jitter), id...)
		dropped := x.counter("vipward_vrrp_packets_dropped_total", "Received packets that were not accepted, by reason.", "iname", "intf", "vrid", "reason")
		for _, reason := range sortedKeys(vi.Counters.Dropped) {
			dropped.add(float64(vi.Counters.Dropped[reason]), append(id, reason)...)
		}
		for _, a := range vi.VIPs {
			x.gauge("vipward_vrrp_address_set", "Whether a virtual address is on its interface.", "iname", "intf", "ip_address").
				add(number(a.Set), vi.Name, a.Device, shortAddress(a))
		}
	}
	for _, g := range v.Groups {
		if is, known := states[g.State]; known {
			x.gauge("vipward_vrrp_sync_group_state", "State of a sync group, with the numbers of keepalived_vrrp_state.", "group").add(is, g.Name)
		}
	}
	for _, t := range v.Trackers {
		x.gauge("vipward_vrrp_tracker_up", "Whether a tracked script, file or process is good.", "kind", "name").add(number(t.State == "GOOD"), t.Kind, t.Name)
	}
	l := v.Loop
	x.counter("vipward_vrrp_timers_total", "Timers served by the VRRP process.").add(float64(l.Served))
	x.counter("vipward_vrrp_timers_late_total", "Timers served more than 10 ms late.").add(float64(l.Late))
	x.gauge("vipward_vrrp_timer_worst_lateness_seconds", "The latest that a timer was served.").add(float64(l.Worst))
	x.counter("vipward_vrrp_repairs_total", "Addresses, routes and rules put back after somebody else had deleted them.").add(float64(l.Restored))
}

func vridOf(vi vrrp.InstanceStatus) string { return strconv.Itoa(int(vi.VRID)) }

// shortAddress is an address as keepalived's dumps have it: one of a single host has no
// length.
func shortAddress(a vrrp.AddressStatus) string {
	text := a.Address.String()
	if a.Address.IsSingleIP() {
		text, _, _ = strings.Cut(text, "/")
	}
	return text
}
