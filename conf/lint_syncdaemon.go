// SPDX-License-Identifier: Apache-2.0

package conf

import "slices"

// Of lints about lvs_sync_daemon.
var (
	lintSyncNobody = code{"lint-sync-instance", Warning, ClassOK, FromConfiguration}
	lintSyncMixed  = code{"lint-sync-mixed", Warning, ClassOK, FromConfiguration}
)

// syncDaemon: a daemon that never runs, and one that the kernel refuses.
func (l *linter) syncDaemon() {
	d := l.cfg.Global.Checker.SyncDaemon
	if d == nil {
		return
	}
	if d.Instance != "" && !slices.ContainsFunc(l.cfg.Instances, func(vi *Instance) bool { return vi.Name == d.Instance }) {
		l.c.addHint(lintSyncNobody, d.Pos, "name an instance that is there, or leave inst out so that both daemons always run",
			"lvs_sync_daemon %s inst %s: there is no such instance, so no daemon ever runs", d.Interface, d.Instance)
		return
	}
	for _, vs := range l.cfg.VirtualServers {
		if rs := firstMixed(vs); rs != nil {
			l.c.addHint(lintSyncMixed, rs.Pos, "leave lvs_sync_daemon out, or give the virtual server real servers of its own family",
				"real server %s of virtual server %s is of the other address family: the kernel refuses it while a sync daemon runs, and a sync daemon while it is there",
				endpoint{rs.Addr, rs.Port}, vs.Service())
			return // one remark says it for all
		}
	}
}

// firstMixed gives a real server that is not of its service's address family. A group of both
// families has services of either.
func firstMixed(vs *VirtualServer) *RealServer {
	for _, rs := range vs.RealServers {
		if familyOf(rs.Addr) != vs.Family {
			return rs
		}
	}
	return nil
}
