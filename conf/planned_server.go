// SPDX-License-Identifier: Apache-2.0

package conf

// runnableServers gives the virtual servers that can be run.
func runnableServers(_ *collector, c *Config) []*VirtualServer { return c.VirtualServers }
