// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"vipward/conf"
	"vipward/netif"
)

// virtualAddresses lists the addresses that move with an instance, advertised ones first.
func virtualAddresses(c *conf.Instance) []conf.Address { return slices.Concat(c.VIPs, c.ExcludedVIPs) }

// linkWish is what a configuration wants of links and sysctls. keys are those of its
// instances.
func linkWish(cfg *conf.Config, keys []string) netif.LinkWish {
	w := netif.LinkWish{VIPs: map[netip.Addr]bool{}}
	for i, c := range cfg.Instances {
		w.Links = append(w.Links, virtualLinksOf(cfg, c, keys[i])...)
		if c.PromoteSecondaries && c.Interface != "" {
			w.Sysctls = append(w.Sysctls, netif.PromoteSecondaries(c.Interface))
		}
		for _, a := range virtualAddresses(c) {
			w.VIPs[a.Prefix.Addr()] = true
		}
	}
	if cfg.Global.VRRP.DisableLocalIGMP && len(cfg.Instances) > 0 {
		w.Sysctls = append(w.Sysctls, netif.NoLocalIGMP())
	}
	return w
}

// virtualLinksOf lists the links that are made for one instance, its own first.
func virtualLinksOf(cfg *conf.Config, c *conf.Instance, key string) []netif.Virtual {
	var out []netif.Virtual
	switch {
	case c.VMAC != nil:
		out = append(out, vmacOf(cfg, c, key))
	case c.IPVLAN != nil:
		out = append(out, ipvlanOf(cfg, c, key))
	}
	seen := map[string]bool{key: true}
	for _, a := range virtualAddresses(c) {
		if own, ok := addressLink(c, key, a); ok && !seen[own] {
			seen[own] = true
			out = append(out, addressVMAC(cfg, c, own, a))
		}
	}
	return out
}

func vmacOf(cfg *conf.Config, c *conf.Instance, key string) netif.Virtual {
	v := addressVMAC(cfg, c, key, conf.Address{})
	v.IPv6 = c.Family == conf.IPv6
	v.MAC = netif.RouterMAC(c.VRID, v.IPv6)
	v.Name, v.Prefix = c.VMAC.Name, cfg.Global.VRRP.VMACPrefix
	v.Group, v.Notify = linkGroup(c.VMAC.Group), c.VMAC.LinkNotify
	if mac := ownMAC(c.VMAC.MAC, c.VRID); mac != nil {
		v.MAC = mac
	}
	// Adverts of IPv6 come from a link-local address, which must be that of the host and
	// not made of the virtual router's MAC address.
	v.LinkLocal = v.IPv6 && !c.VMACXmitBase
	for _, a := range c.ExcludedVIPs {
		v.IPv6Addrs = v.IPv6Addrs || a.Prefix.Addr().Is6()
	}
	return v
}

// addressVMAC is the VMAC for an address, and those that are like it in family and interface.
func addressVMAC(cfg *conf.Config, c *conf.Instance, key string, a conf.Address) netif.Virtual {
	prefix := cfg.Global.VRRP.VMACAddrPrefix
	if prefix == "" {
		prefix = cfg.Global.VRRP.VMACPrefix
	}
	six := a.Prefix.Addr().Is6()
	return netif.Virtual{
		Key: key, Owner: c.Name, Kind: netif.KindMACVLAN, Mode: netif.MACVLANPrivate, Parent: below(c, a),
		MAC: netif.RouterMAC(c.VRID, six), Prefix: prefix, VRID: c.VRID, IPv6: six,
	}
}

// ownMAC is a configured MAC address: six octets, or five and the VRID. nil: none is.
func ownMAC(text string, vrid uint8) net.HardwareAddr {
	if strings.Count(text, ":") == 4 {
		text += ":00"
		mac, err := net.ParseMAC(text)
		if err != nil {
			return nil // refused where it was read
		}
		mac[5] = vrid
		return mac
	}
	mac, err := net.ParseMAC(text)
	if err != nil {
		return nil // none, or refused where it was read
	}
	return mac
}

func ipvlanOf(cfg *conf.Config, c *conf.Instance, key string) netif.Virtual {
	modes := map[string]uint32{"private": netif.IPVLANPrivate, "vepa": netif.IPVLANVEPA}
	return netif.Virtual{
		Key: key, Owner: c.Name, Kind: netif.KindIPVLAN, Mode: modes[c.IPVLAN.Mode], Parent: c.Interface,
		Name: c.IPVLAN.Name, Prefix: cfg.Global.VRRP.VMACPrefix, VRID: c.VRID, IPv6: c.Family == conf.IPv6,
		Group: linkGroup(c.IPVLAN.Group), Addr: c.IPVLAN.Addr,
	}
}

// linkGroup is the number of an interface group; nil: none is given, or none of that name
// is known.
func linkGroup(text string) *uint32 {
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 0, 32)
	if err != nil {
		id, ok := conf.System{}.RouteName("group", text)
		if !ok {
			return nil
		}
		n = uint64(id)
	}
	group := uint32(n)
	return &group
}
