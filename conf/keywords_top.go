// SPDX-License-Identifier: Apache-2.0

package conf

import "slices"

// topBlock is the file itself.
var topBlock = &block{rows: slices.Concat(topGlobal, topVRRP, topServer)}

// topGlobal are the keywords of the whole daemon.
var topGlobal = slices.Concat([]keyword{
	{name: "global_defs", sub: globalBlock, since: "0.5.3", doc: "global options"},
}, notYet(`
	linkbeat_use_polling net_namespace net_namespace_ipvs namespace_with_ipsets use_pid_dir instance
	child_wait_time`))

// topVRRP are the blocks of the vrrp process.
var topVRRP = slices.Concat([]keyword{
	{name: "vrrp_script", sub: scriptBlock, since: "1.1.13", doc: "a script that is run periodically and tracked"},
	{name: "vrrp_instance", sub: instanceBlock, since: "0.5.3", doc: "one virtual router"},
}, notYet(`
	track_group static_ipaddress static_routes static_rules vrrp_sync_group garp_group
	linkbeat_interfaces vrrp_track_process vrrp_track_file track_file interface_up_down_delays
	bfd_instance`))
