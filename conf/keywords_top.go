// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"slices"
	"time"
)

// topBlock is the file itself.
var topBlock = &block{rows: slices.Concat(topGlobal, topVRRP, staticRows, topServer)}

// topGlobal are the keywords of the whole daemon.
var topGlobal = slices.Concat([]keyword{
	{name: "global_defs", sub: globalBlock, since: "0.5.3", doc: "global options"},
	row("linkbeat_use_polling", noValue, "off", "1.1.18", "poll the link state of all interfaces", func(d *draft) *bool { return &d.global.out.Daemon.LinkbeatUsePolling }),
	row("child_wait_time", seconds(0, math.MaxUint32), "5", "2.0.0", "time for the processes to stop", func(d *draft) *time.Duration { return &d.global.out.Daemon.ChildWaitTime }),
	onRow("use_pid_dir", "1.2.24", "pid files in a directory of their own", func(d *draft) *bool { return &d.global.out.Daemon.UsePIDDir }),
	{
		name: "net_namespace_ipvs", value: optionalWord, def: "that of the daemon", since: "2.1.0", doc: "network namespace of IPVS; without an argument the default one",
		set: to(func(d *draft, s string) { d.global.out.Daemon.IPVSNamespace = &s }),
	},
}, plannedRows(
	onRow("namespace_with_ipsets", "1.3.0", "allow ipsets in a namespace on old kernels", func(d *draft) *bool { return &d.global.out.Daemon.NamespaceWithIPSets }),
), mild(
	row("net_namespace", text, "none", "1.2.24", "network namespace to run in", func(d *draft) *string { return &d.global.out.Daemon.NetNamespace }),
	keyword{
		name: "instance", value: text, def: "none", since: "1.2.24", doc: "name in pid files and in the log",
		set: with(func(d *decoder, all *draft, s string, n *Node) {
			if all.global.out.Daemon.Instance != "" {
				d.c.add(codeDuplicate, n.Pos, "instance is already given as %s; ignored", all.global.out.Daemon.Instance)
				return
			}
			all.global.out.Daemon.Instance = s
		}),
	},
))

// topVRRP are the blocks of the vrrp and bfd processes.
var topVRRP = slices.Concat([]keyword{
	{name: "vrrp_script", sub: scriptBlock, since: "1.1.13", doc: "a script that is run periodically and tracked"},
	{name: "vrrp_instance", sub: instanceBlock, since: "0.5.3", doc: "one virtual router"},
	{name: "vrrp_sync_group", sub: syncBlock, since: "0.6.1", doc: "instances that change their state together"},
	{name: "track_group", sub: trackGroupBlock, since: "2.0.3", doc: "instances that follow static addresses, routes and rules"},
	{name: "track_file", sub: trackFileBlock, since: "2.0.0", doc: "a file whose number is tracked"},
	old("2.0.20", "track_file", keyword{name: "vrrp_track_file", sub: vrrpFileBlock, since: "2.0.0", doc: "old name of track_file"}),
	{name: "vrrp_track_process", sub: processBlock, since: "2.0.11", doc: "a process whose presence is tracked"},
	{name: "garp_group", sub: garpGroupBlock, since: "1.2.21", doc: "interfaces that share a limit of gratuitous ARPs"},
}, plannedRows(
	keyword{name: "bfd_instance", sub: bfdBlock, since: "2.0.0", doc: "one BFD session"},
))
