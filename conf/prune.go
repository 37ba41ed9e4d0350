// SPDX-License-Identifier: Apache-2.0

package conf

// Prune gives cfg without the scripts that cannot be run on h, and without the
// trackers and hooks that use them. So a script that is missing does not put an
// instance into FAULT, as with keepalived; CheckHost says which they are.
func Prune(cfg *Config, h Host) *Config {
	k := hostChecker{c: newCollector(), h: h, cfg: cfg}
	out := *cfg
	out.Scripts, out.Instances = nil, nil
	good := map[*Script]bool{}
	for _, s := range cfg.Scripts {
		if good[s] = k.command(s.Name, s.Command); good[s] {
			out.Scripts = append(out.Scripts, s)
		}
	}
	for _, vi := range cfg.Instances {
		out.Instances = append(out.Instances, k.prune(vi, good))
	}
	return &out
}

func (k *hostChecker) prune(vi *Instance, good map[*Script]bool) *Instance {
	out := *vi
	out.TrackScripts = nil
	for _, t := range vi.TrackScripts {
		if good[t.Script] {
			out.TrackScripts = append(out.TrackScripts, t)
		}
	}
	for _, hook := range []**Command{&out.NotifyMaster, &out.NotifyBackup, &out.NotifyFault, &out.NotifyStop, &out.Notify} {
		if *hook != nil && !k.command(vi.Name, **hook) {
			*hook = nil
		}
	}
	return &out
}
