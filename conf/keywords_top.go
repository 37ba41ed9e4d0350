// SPDX-License-Identifier: Apache-2.0

package conf

import "slices"

// topBlock is the file itself.
var topBlock = &block{rows: slices.Concat([]keyword{
	{name: "global_defs", sub: globalBlock, since: "0.5.3", doc: "global options"},
	{name: "vrrp_script", sub: scriptBlock, since: "1.1.13", doc: "a script that is run periodically and tracked"},
	{name: "vrrp_instance", sub: instanceBlock, since: "0.5.3", doc: "one virtual router"},
	{name: "virtual_server", sub: serverBlock, since: "0.5.3", doc: "one balanced service"},
}, notYet(`
	linkbeat_use_polling net_namespace net_namespace_ipvs namespace_with_ipsets use_pid_dir instance
	child_wait_time track_group static_ipaddress static_routes static_rules vrrp_sync_group garp_group
	linkbeat_interfaces vrrp_track_process vrrp_track_file track_file interface_up_down_delays SSL
	virtual_server_group bfd_instance`))}
