// SPDX-License-Identifier: Apache-2.0

package conf

// Runnable gives the part of a configuration that this version can run, and says
// what it leaves out. c itself stays as it is.
func (c *Config) Runnable() (*Config, []Diagnostic) {
	k := newCollector()
	out := *c
	out.Instances = runnableInstances(k, c)
	out.VirtualServers = runnableServers(k, c)
	return &out, k.list
}

// runnableInstances gives the virtual routers that can be run.
func runnableInstances(k *collector, c *Config) []*Instance {
	var out []*Instance
	for _, vi := range c.Instances {
		if vi := runnableInstance(k, vi); vi != nil {
			out = append(out, vi)
		}
	}
	return out
}

// runnableInstance gives what can be run of one, or nil.
func runnableInstance(k *collector, vi *Instance) *Instance {
	what := ""
	switch {
	case vi.Family == IPv6:
		what = "VRRP over IPv6"
	case vi.AuthType == AuthAH:
		// Without it the other routers would refuse our adverts, and we theirs.
		what = "auth_type AH"
	}
	if what != "" {
		k.add(codeLacking, vi.Pos, "(%s) %s is not supported yet; the instance is left out", vi.Name, what)
		return nil
	}
	leftOut(k, vi)
	return vi
}

// leftOut names what an instance asks for and does not get.
func leftOut(k *collector, vi *Instance) {
	for _, e := range []struct {
		is   bool
		what string
	}{
		{vi.HMAC != nil, "auth_hmac"},
		{len(vi.Routes) > 0, "virtual_routes"},
		{len(vi.Rules) > 0, "virtual_rules"},
		{!vi.Accept && !vi.Owner(), "no_accept"},
		{len(vi.Tracking.BFDs) > 0, "track_bfd"},
		{vi.CheckUnicastSrc, "check_unicast_src"},
		{vi.UnicastTTL != nil, "unicast_ttl"},
	} {
		if e.is {
			k.add(codeNotSupported, vi.Pos, "(%s) %s is not supported yet and left out", vi.Name, e.what)
		}
	}
}
