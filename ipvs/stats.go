// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"encoding/binary"
	"net/netip"
)

// Counters are what the kernel has counted of a service or a destination since it was
// added, or since `ipvsadm -Z`, and the rates of the last seconds that it estimates.
type Counters struct {
	Connections uint64 `json:"connections"`
	InPackets   uint64 `json:"in_packets"` // from clients
	OutPackets  uint64 `json:"out_packets"`
	InBytes     uint64 `json:"in_bytes"`
	OutBytes    uint64 `json:"out_bytes"`

	ConnectionRate uint64 `json:"connections_per_second"`
	InPacketRate   uint64 `json:"in_packets_per_second"`
	OutPacketRate  uint64 `json:"out_packets_per_second"`
	InByteRate     uint64 `json:"in_bytes_per_second"`
	OutByteRate    uint64 `json:"out_bytes_per_second"`
}

// Plus adds up what two services have counted.
func (c Counters) Plus(o Counters) Counters {
	sum := c
	for i, at := range sum.fields() {
		*at += *o.fields()[i]
	}
	return sum
}

// fields lists the counters in the kernel's order, from IPVS_STATS_ATTR_CONNS.
func (c *Counters) fields() [10]*uint64 {
	return [...]*uint64{
		&c.Connections, &c.InPackets, &c.OutPackets, &c.InBytes, &c.OutBytes,
		&c.ConnectionRate, &c.InPacketRate, &c.OutPacketRate, &c.InByteRate, &c.OutByteRate,
	}
}

// Load is how many connections a destination has now.
type Load struct {
	Active     uint32 `json:"active_connections"`
	Inactive   uint32 `json:"inactive_connections"`
	Persistent uint32 `json:"persistent_connections"` // clients that are bound to it
}

// DestStats is what is counted of one destination.
type DestStats struct {
	Server netip.AddrPort
	Load
	Counters
}

// ServiceStats is what is counted of a service and its destinations.
type ServiceStats struct {
	Key
	Counters
	Dests []DestStats
}

func decodeServiceStats(b []byte) (ServiceStats, bool) {
	attrs, ok := body(b, attrService)
	if !ok {
		return ServiceStats{}, false
	}
	svc, ok := serviceFrom(attrs)
	return ServiceStats{Key: svc.Key, Counters: countersIn(attrs, svcStats, svcStats64)}, ok
}

func decodeDestStats(b []byte) (DestStats, bool) {
	attrs, ok := body(b, attrDest)
	if !ok {
		return DestStats{}, false
	}
	d, ok := destFrom(attrs)
	s := DestStats{Server: d.Server(), Counters: countersIn(attrs, destStats, destStats64)}
	for typ, value := range attributes(attrs) {
		switch typ {
		case destActive:
			s.Active = u32(value)
		case destInactive:
			s.Inactive = u32(value)
		case destPersistent:
			s.Persistent = u32(value)
		}
	}
	return s, ok
}

// countersIn finds the counters among attributes: those of 64 bits, which kernels from 4.2
// on give, or the old ones, of which most wrap at 32 bits.
func countersIn(b []byte, narrow, wide uint16) Counters {
	var old []byte
	for typ, value := range attributes(b) {
		switch typ {
		case wide:
			return countersFrom(value)
		case narrow:
			old = value
		}
	}
	return countersFrom(old)
}

func countersFrom(b []byte) Counters {
	var c Counters
	fields := c.fields()
	for typ, value := range attributes(b) {
		if typ >= 1 && int(typ) <= len(fields) {
			*fields[typ-1] = number(value)
		}
	}
	return c
}

// number reads a counter of 32 or 64 bits.
func number(b []byte) uint64 {
	if len(b) < 8 {
		return uint64(u32(b))
	}
	return binary.NativeEndian.Uint64(b)
}
