// SPDX-License-Identifier: Apache-2.0

package conf

// syncDaemons takes the sync daemon of the instance that names its interface in the old way,
// by lvs_sync_daemon_interface. There can be only one.
func (f *finisher) syncDaemons(cfg *Config) {
	at := &cfg.Global.Checker.SyncDaemon
	for _, vi := range cfg.Instances {
		switch {
		case vi.SyncDaemonInterface == "":
		case *at != nil:
			f.c.add(codeConflict, vi.Pos, "(%s) the sync daemon is already given as %s; lvs_sync_daemon_interface is ignored", vi.Name, (*at).Interface)
		default:
			*at = &SyncDaemon{Pos: vi.Pos, Interface: vi.SyncDaemonInterface, Instance: vi.Name}
		}
	}
}
