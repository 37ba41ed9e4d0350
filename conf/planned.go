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
func runnableInstances(_ *collector, c *Config) []*Instance { return c.Instances }
