// SPDX-License-Identifier: Apache-2.0

package conf

// Runnable gives the part of a configuration that this version can run, and says
// what it leaves out. c itself stays as it is.
func (c *Config) Runnable() (*Config, []Diagnostic) {
	k := newCollector()
	out := *c
	for _, vi := range c.Instances {
		leftOut(k, vi)
	}
	out.VirtualServers = runnableServers(k, c)
	return &out, k.list
}

// leftOut names what an instance asks for and does not get.
func leftOut(k *collector, vi *Instance) {
	for _, e := range []struct {
		is   bool
		what string
	}{
		{len(vi.Tracking.BFDs) > 0, "track_bfd"},
	} {
		if e.is {
			k.add(codeNotSupported, vi.Pos, "(%s) %s is not supported yet and left out", vi.Name, e.what)
		}
	}
}
