// SPDX-License-Identifier: Apache-2.0

package conf

import "slices"

// syncBlock is vrrp_sync_group.
var syncBlock = &block{
	name:  "vrrp_sync_group",
	enter: enterSyncGroup,
	rows: slices.Concat([]keyword{
		{
			name: "group", value: entries, def: "required", since: "1.0.3", doc: "names of the instances",
			set: with(syncMembers),
		},
		loud(old("2.0.0", "track_interface, track_script and the like in the group", onRow("global_tracking", "1.2.3", "members may have trackers with weights", func(g *groupSync) *bool { return &g.out.TrackingWeights }))),
		onRow("sync_group_tracking_weight", "2.0.0", "members may have trackers with weights", func(g *groupSync) *bool { return &g.out.TrackingWeights }),
		{
			name: "notify_priority_changes", value: boolean, def: "vrrp_notify_priority_changes", since: "2.0.16", doc: "tell changes of the members' priority to the FIFOs",
			set: to(func(g *groupSync, b bool) { g.notifyPrio = some(b) }),
		},
		{
			name: "smtp_alert", value: boolean, def: "global smtp_alert", since: "1.0.3", doc: "mail on every change",
			set: with(func(d *decoder, g *groupSync, b bool, n *Node) {
				g.smtp = some(b)
				d.alerts(b, n)
			}),
		},
	}, hookRows(func(g *groupSync) *[5]*Command { return &g.notify }),
		trackRows(func(g *groupSync) *tracksDraft { return &g.tracks })),
}

// trackGroupBlock is track_group.
var trackGroupBlock = &block{
	name:  "track_group",
	enter: enterTrackGroup,
	rows: []keyword{{
		name: "group", value: entries, def: "required", since: "2.0.3", doc: "names of the instances",
		set: with(trackMembers),
	}},
}
