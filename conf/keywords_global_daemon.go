// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"slices"
	"time"
)

// globalProcesses say how the processes run.
var globalProcesses = slices.Concat([]keyword{
	onRow("process_names", "2.0.16", "the standard names for the processes", func(g *globalDraft) *bool { return &g.out.Daemon.ProcessNames }),
	row("process_name", processName, "none", "2.0.16", "name of the parent process", func(g *globalDraft) *string { return &g.out.Daemon.ProcessName }),
}, processRows("vrrp", "2.0.16", "1.2.20", func(g *globalDraft) *Process { return &g.out.Daemon.VRRPProcess }),
	processRows("checker", "2.2.0", "1.2.20", func(g *globalDraft) *Process { return &g.out.Daemon.CheckerProcess }),
	[]keyword{old("2.1.3", "checker_process_name", row("lvs_process_name", processName, "none", "2.0.16", "old name of checker_process_name", func(g *globalDraft) *string { return &g.out.Daemon.CheckerProcess.Name }))},
	processRows("bfd", "2.0.16", "2.0.0", func(g *globalDraft) *Process { return &g.out.Daemon.BFDProcess }),
	needless("the vrrp process is realtime from the start (vrrp_rt_priority)",
		keyword{
			name: "max_auto_priority", value: optionalNumber(-1, maxRealtime), def: "0", since: "2.1.0", doc: "highest realtime priority that is taken when a process wakes up late",
			set: to(func(g *globalDraft, n opt[int]) { g.out.Daemon.MaxAutoPriority = n.or(maxRealtime) }),
		},
		mild(row("min_auto_priority_delay", microseconds(1, 10000000), "1000000", "2.1.0", "how late that is", func(g *globalDraft) *time.Duration { return &g.out.Daemon.MinAutoPriorityDelay }))[0],
	))

// processRows are the settings of one process.
func processRows(name, namedSince, since string, of func(*globalDraft) *Process) []keyword {
	realtime := keyword{
		name: name + "_rt_priority", value: number(1, math.MaxInt32), def: "none", since: "2.0.0", doc: "realtime priority, at most 99",
		set: with(func(d *decoder, g *globalDraft, v int, n *Node) { of(g).Realtime = d.realtime(v, n) }),
	}
	if name == "vrrp" {
		realtime.value, realtime.def = number(0, math.MaxInt32), "50"
		realtime.doc = "realtime priority of the vrrp process, at most 99; 0 turns it off"
		realtime.set = with(func(d *decoder, g *globalDraft, v int, n *Node) { g.realtime = some(d.realtime(v, n)) })
	}
	share := func(rows ...keyword) []keyword { return rows }
	if name == "bfd" {
		realtime.status, share = planned, plannedRows
	}
	named := row(name+"_process_name", processName, "none", namedSince, "name of the process", func(g *globalDraft) *string { return &of(g).Name })
	if name == "bfd" {
		named.status = planned
	}
	rttime := func(g *globalDraft) *time.Duration { return &of(g).RTTime }
	return slices.Concat(mild(realtime), share(mild(
		row(name+"_priority", number(-20, 19), "0", since, "nice value", func(g *globalDraft) *int { return &of(g).Nice }),
		row(name+"_cpu_affinity", cpuList, "all", "2.0.17", "CPUs to run on", func(g *globalDraft) *[]int { return &of(g).CPUs }),
	)...), share(
		onRow(name+"_no_swap", since, "keep the process in memory", func(g *globalDraft) *bool { return &of(g).NoSwap }),
	), []keyword{named}, unlimited(name,
		row(name+"_rlimit_rttime", microseconds(1, math.MaxUint32), "10000", "2.1.0", "microseconds that a realtime process may run at a stretch", rttime),
		old("2.0.20", name+"_rlimit_rttime", row(name+"_rlimit_rtime", microseconds(1, math.MaxUint32), "10000", "2.0.0", "old spelling", rttime)),
	))
}

// unlimited marks the rows that would limit a realtime process at work: ours are not, since
// a runtime that collects garbage does not sleep as often as the limit asks for.
func unlimited(name string, rows ...keyword) []keyword {
	if name == "bfd" {
		return plannedRows(rows...)
	}
	for i := range rows {
		rows[i].status = ignored
		rows[i].note = "the " + name + " process has no such limit, which would kill it"
	}
	return rows
}

// needless marks rows whose purpose is met without them.
func needless(why string, rows ...keyword) []keyword {
	for i := range rows {
		rows[i].status, rows[i].note = ignored, why
	}
	return rows
}

// maxRealtime is the highest priority of SCHED_RR.
const maxRealtime = 99

func (d *decoder) realtime(v int, n *Node) int {
	if v > maxRealtime {
		d.c.add(codeAdjusted, n.Args[0].Pos, "%s: %d is more than %d, which is used", n.Key, v, maxRealtime)
	}
	return min(v, maxRealtime)
}

// globalBuffers are the receive buffers of netlink sockets.
var globalBuffers = slices.Concat(
	bufferRows("process_monitor", "2.0.11", func(g *globalDraft) *RcvBufs { return &g.out.Daemon.ProcessMonitorRcvBufs }),
	needless("the sockets of the vrrp process have 1 to 4 MB, whatever the limit of the system is", slices.Concat(
		bufferRows("vrrp_netlink_cmd", "2.0.0", func(g *globalDraft) *RcvBufs { return &g.out.Daemon.VRRPProcess.NetlinkCmd }),
		bufferRows("vrrp_netlink_monitor", "2.0.0", func(g *globalDraft) *RcvBufs { return &g.out.Daemon.VRRPProcess.NetlinkWatch }),
	)...),
	plannedRows(slices.Concat(
		bufferRows("lvs_netlink_cmd", "2.0.0", func(g *globalDraft) *RcvBufs { return &g.out.Daemon.CheckerProcess.NetlinkCmd }),
		bufferRows("lvs_netlink_monitor", "2.0.0", func(g *globalDraft) *RcvBufs { return &g.out.Daemon.CheckerProcess.NetlinkWatch }),
	)...),
)

func bufferRows(prefix, since string, of func(*globalDraft) *RcvBufs) []keyword {
	return []keyword{
		mild(row(prefix+"_rcv_bufs", bigNumber(0, math.MaxUint32), "that of the system", since, "bytes of the receive buffer", func(g *globalDraft) *int64 { return &of(g).Bytes }))[0],
		toggleRow(prefix+"_rcv_bufs_force", since, "go beyond the system's limit", func(g *globalDraft) *bool { return &of(g).Force }),
	}
}

// globalDaemon are the files of the daemon, and what it does at a reload.
var globalDaemon = slices.Concat([]keyword{
	row("umask", umask, "0177", "2.0.9", "mask of files that are made; the command line wins", func(g *globalDraft) **int { return &g.out.Daemon.Umask }),
	{
		name: "dynamic_interfaces", value: optionalOneOf("allow_if_changes"), def: "off", since: "2.0.0", doc: "interfaces may be missing at start; allow_if_changes: they may come back as another kind",
		set: to(func(g *globalDraft, s string) {
			g.out.Daemon.DynamicInterfaces = true
			g.out.Daemon.AllowIfChanges = g.out.Daemon.AllowIfChanges || s != ""
		}),
	},
	toggleRow("data_use_instance", "2.2.3", "instance and namespace in names of dump files", func(g *globalDraft) *bool { return &g.out.Daemon.DataUseInstance }),
	row("json_version", number(1, 2), "1", "2.2.8", "shape of the JSON dump", func(g *globalDraft) *int { return &g.out.Daemon.JSONVersion }),
	row("state_dump_file", text, "keepalived.data", "2.3.3", "dump of signal USR1", func(g *globalDraft) *string { return &g.out.Daemon.StateDumpFile }),
	row("stats_dump_file", text, "keepalived.stats", "2.3.3", "dump of signal USR2", func(g *globalDraft) *string { return &g.out.Daemon.StatsDumpFile }),
	row("json_dump_file", text, "keepalived.json", "2.3.3", "dump in JSON", func(g *globalDraft) *string { return &g.out.Daemon.JSONDumpFile }),
	{
		name: "reload_check_config", value: optionalWord, def: "off", since: "2.2.0", doc: "test a configuration before it is loaded; the argument is a file for the messages",
		set: to(func(g *globalDraft, s string) { g.out.Daemon.ReloadCheckConfig, g.out.Daemon.ReloadCheckLog = true, s }),
	},
	onRow("reload_repeat", "2.1.0", "keep reload_time_file and reload every day", func(g *globalDraft) *bool { return &g.out.Daemon.ReloadRepeat }),
	{
		name: "reload_file", value: optionalWord, def: "off", since: "2.2.0", doc: "file that is there while a configuration is read",
		set: to(func(g *globalDraft, s string) { g.out.Daemon.ReloadFile = &s }),
	},
}, plannedRows(
	row("random_seed", pointerNumber, "the time", "2.0.15", "seed of ${_RANDOM}", func(g *globalDraft) **uint32 { return &g.out.Daemon.RandomSeed }),
	row("config_save_dir", text, "none", "2.2.3", "where copies of configurations are put at a reload", func(g *globalDraft) *string { return &g.out.Daemon.ConfigSaveDir }),
	row("iproute_usr_dir", text, "/usr/share/iproute2", "2.3.2", "names of tables and protocols", func(g *globalDraft) *string { return &g.out.Daemon.IPRouteUsrDir }),
	row("iproute_etc_dir", text, "/etc/iproute2", "2.3.2", "names that override those", func(g *globalDraft) *string { return &g.out.Daemon.IPRouteEtcDir }),
), mild(
	row("default_interface", text, "eth0", "1.2.24", "interface of static addresses", func(g *globalDraft) *string { return &g.out.Daemon.DefaultInterface }),
), plannedRows(mild(
	firstWord("tmp_config_directory", "memory", "2.2.0", "where the collected configuration is kept", func(g *globalDraft) *string { return &g.out.Daemon.TmpConfigDirectory }),
)...), mild(
	row("reload_time_file", lone(text), "none", "2.1.0", "file with the time of a reload to come", func(g *globalDraft) *string { return &g.out.Daemon.ReloadTimeFile }),
), []keyword{
	{
		name: "include_check", value: includeChecks, def: "none; all without an argument", since: "2.2.0", doc: "how strict includes are: read, match, wildcard_match, brace_match with + or -",
		set: to(func(g *globalDraft, s string) { g.out.Daemon.IncludeCheck = s }),
	},
})

// globalIPVS are the settings of the checkers and of IPVS.
var globalIPVS = slices.Concat([]keyword{
	toggleRow("checker_log_all_failures", "2.0.11", "log every failed attempt of a check", func(g *globalDraft) *bool { return &g.out.Checker.LogAllFailures }),
	row("server_state_file", soft(text), "none: they are forgotten at the stop", beyond, "file that keeps what operators want of real servers (drain, maintenance, weight) over restarts",
		func(g *globalDraft) *string { return &g.out.Checker.StateFile }),
	toggleRow("rs_init_notifies", "2.0.0", "notify of real servers at start", func(g *globalDraft) *bool { return &g.out.Checker.InitNotifies }),
	toggleRow("shared_probes", beyond, "probe equal targets of equal checks once, for all their real servers", func(g *globalDraft) *bool { return &g.out.Checker.SharedProbes }),
	onRow("lvs_flush", "1.2.23", "clear the whole IPVS table at start", func(g *globalDraft) *bool { return &g.out.Checker.Flush }),
	flushRow("lvs_flush_on_stop", "2.2.0"),
	old("2.1.5", "lvs_flush_on_stop", flushRow("lvs_flush_onstop", "2.0.15")),
	{
		name: "lvs_timeouts", value: soft(lvsTimeouts), def: "unchanged", since: "1.2.24", doc: "timeouts of connections in IPVS: tcp S, tcpfin S, udp S",
		set: to(func(g *globalDraft, t timeouts) {
			c := &g.out.Checker
			c.TCPTimeout, c.TCPFinTimeout, c.UDPTimeout = t["tcp"], t["tcpfin"], t["udp"]
		}),
	},
	{
		name: "lvs_sync_daemon", value: soft(syncDaemon), def: "none", since: "1.2.20",
		doc: "connections are told to the other node: IF [inst NAME] [id 0-255] [maxlen N] [port N] [ttl N] [group ADDR]",
		set: with(func(d *decoder, g *globalDraft, s SyncDaemon, n *Node) {
			if have := g.out.Checker.SyncDaemon; have != nil {
				d.c.add(codeDuplicate, n.Pos, "%s is already given as %s; ignored", n.Key, have.Interface)
				return
			}
			g.out.Checker.SyncDaemon = &s
		}),
	},
})

func flushRow(name, since string) keyword {
	return keyword{
		name: name, value: optionalOneOf("VS"), def: "off", since: since, doc: "clear the table at stop at once; VS: each virtual server",
		set: to(func(g *globalDraft, s string) {
			if g.out.Checker.FlushOnStop = "all"; s != "" {
				g.out.Checker.FlushOnStop = s
			}
		}),
	}
}

// globalFirewall are the filters for packets to virtual addresses.
var globalFirewall = slices.Concat([]keyword{
	{
		name: "vrrp_iptables", value: chains, def: "INPUT OUTPUT", since: "1.2.20", doc: "chains of the rules",
		set: with(func(_ *decoder, g *globalDraft, c Chains, n *Node) {
			g.out.Firewall.IPTables = &c
			g.iptablesAt(n)
		}),
	},
	{
		name: "vrrp_ipsets", value: ipsets, def: "keepalived and so on", since: "1.2.20", doc: "names of the sets: SET [SET6 [SETIF6 [IGMP [MLD [ND]]]]]",
		set: with(func(_ *decoder, g *globalDraft, s []string, n *Node) {
			g.out.Firewall.IPSets = s
			g.iptablesAt(n)
		}),
	},
	tableRow("nftables", "keepalived", "2.0.11", "table of the rules, with nftables", func(g *globalDraft) *string { return &g.out.Firewall.NFTables }),
	row("nftables_priority", number(math.MinInt32, math.MaxInt32), "-1", "2.0.11", "priority of its chains", func(g *globalDraft) *int { return &g.out.Firewall.NFTablesPriority }),
	onRow("nftables_ifindex", "2.0.11", "sets by interface index", func(g *globalDraft) *bool { return &g.out.Firewall.NFTablesIfIndex }),
	onRow("nftables_counters", "2.0.11", "count in the rules", func(g *globalDraft) *bool { return &g.out.Firewall.NFTablesCounters }),
	tableRow("nftables_ipvs", "keepalived_ipvs", "2.2.2", "table that sets marks for virtual server groups", func(g *globalDraft) *string { return &g.out.Firewall.IPVSTable }),
	row("nftables_ipvs_priority", number(math.MinInt32, math.MaxInt32), "-1", "2.2.2", "priority of its chains", func(g *globalDraft) *int { return &g.out.Firewall.IPVSPriority }),
	row("nftables_ipvs_start_fwmark", mark, "1000", "2.2.2", "first mark", func(g *globalDraft) *uint32 { return &g.out.Firewall.IPVSFirstMark }),
})

// iptablesAt notes where iptables are asked for first.
func (g *globalDraft) iptablesAt(n *Node) {
	if g.out.Firewall.IPTablesPos == (Pos{}) {
		g.out.Firewall.IPTablesPos = n.Pos
	}
}

// tableRow is the name of an nftables table, of which the first stands.
func tableRow(name, def, since, doc string, at func(*globalDraft) *string) keyword {
	return keyword{
		name: name, value: optionalWord, def: def, since: since, doc: doc,
		set: with(func(d *decoder, g *globalDraft, s string, n *Node) {
			if *at(g) != "" {
				d.c.add(codeDuplicate, n.Pos, "%s is already given; ignored", n.Key)
				return
			}
			if s == "" {
				s = def
			}
			*at(g) = s
		}),
	}
}
