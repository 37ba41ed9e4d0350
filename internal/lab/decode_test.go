// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// advertFrame is a VRRPv2 advert: VRID 51, priority 150, one address, password "d0ck3r".
const advertFrame = "01005e000012 020000000001 0800" +
	"45c0 0028 0007 0000 ff70 1111 c000020b e0000012" +
	"21 33 96 01 01 01 2222 c0000264 6430636b33720000"

// arpFrame is a gratuitous request for 192.0.2.100.
const arpFrame = "ffffffffffff 020000000001 0806" +
	"0001 0800 06 04 0001 020000000001 c0000264 ffffffffffff c0000264"

func frame(t *testing.T, text string) Frame {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return Frame{Data: b}
}

func TestDecodeAdvert(t *testing.T) {
	t.Parallel()
	padded := frame(t, advertFrame+"0000000000")
	a, ok := decodeAdvert(padded)
	if !ok {
		t.Fatal("not an advert")
	}
	got := map[string]any{
		"src": a.Src.String(), "dst": a.Dst.String(), "mac": a.MAC.String(), "version": a.Version,
		"vrid": a.VRID, "priority": a.Priority, "id": a.ID(), "ttl": a.TTL(), "body": len(a.Body),
	}
	want := map[string]any{
		"src": "192.0.2.11", "dst": "224.0.0.18", "mac": "02:00:00:00:00:01", "version": 2,
		"vrid": uint8(51), "priority": uint8(150), "id": uint16(7), "ttl": uint8(255), "body": 20,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("advert (-want +got)\n%s", diff)
	}
}

func TestAdvertWithoutID(t *testing.T) {
	t.Parallel()
	one, _ := decodeAdvert(frame(t, advertFrame))
	other, _ := decodeAdvert(frame(t, strings.Replace(strings.Replace(advertFrame, "0007", "0008", 1), "1111", "1110", 1)))
	if one.ID() == other.ID() {
		t.Fatal("the two have one identification")
	}
	if diff := cmp.Diff(one.WithoutID(), other.WithoutID()); diff != "" {
		t.Errorf("adverts that differ by it only (-one +other)\n%s", diff)
	}
	if one.ID() != 7 {
		t.Error("WithoutID changed the advert itself")
	}
	less, _ := decodeAdvert(frame(t, strings.Replace(advertFrame, "33 96", "33 64", 1)))
	if cmp.Equal(one.WithoutID(), less.WithoutID()) {
		t.Error("another priority does not show")
	}
}

func TestDecodeARP(t *testing.T) {
	t.Parallel()
	a, ok := decodeARP(frame(t, arpFrame))
	if !ok {
		t.Fatal("not ARP")
	}
	if !a.Request || !a.Gratuitous() || a.Sender.String() != "192.0.2.100" ||
		a.SenderMAC.String() != "02:00:00:00:00:01" || a.EtherDst.String() != "ff:ff:ff:ff:ff:ff" {
		t.Errorf("decoded %+v", a)
	}
	question, _ := decodeARP(frame(t, arpFrame[:len(arpFrame)-2]+"65"))
	if question.Gratuitous() {
		t.Error("a question for another address is not gratuitous")
	}
}

// TestDecodeShort cuts frames everywhere: nothing panics, and no part is a whole.
func TestDecodeShort(t *testing.T) {
	t.Parallel()
	advert, arp := frame(t, advertFrame), frame(t, arpFrame)
	for n := range advert.Data {
		if _, ok := decodeAdvert(Frame{Data: advert.Data[:n]}); ok {
			t.Errorf("an advert of %d bytes was taken", n)
		}
	}
	for n := range arp.Data {
		if _, ok := decodeARP(Frame{Data: arp.Data[:n]}); ok {
			t.Errorf("an ARP of %d bytes was taken", n)
		}
	}
	if _, ok := decodeAdvert(arp); ok {
		t.Error("ARP taken for an advert")
	}
	if _, ok := decodeARP(advert); ok {
		t.Error("an advert taken for ARP")
	}
}

func TestDecodeIPVSOps(t *testing.T) {
	t.Parallel()
	const family = 0x1c
	message := func(kind, flags uint16, command byte) []byte {
		b := binary.NativeEndian.AppendUint32(nil, 21) // header, command, version, reserved, one byte of payload
		b = binary.NativeEndian.AppendUint16(b, kind)
		b = binary.NativeEndian.AppendUint16(b, flags)
		return append(b, 0, 0, 0, 0, 0, 0, 0, 0, command, 1, 0, 0, 9, 0, 0, 0)
	}
	o := &IPVSOps{family: family}
	batch := append(message(family, 5, 5), message(family, 5, 6)...)
	tests := []struct {
		name string
		data []byte
		want []string
	}{
		{"two in one send", batch, []string{"new dest", "set dest"}},
		{"reading is no change", message(family, 5, 8), nil},
		{"an answer is no request", message(family, 0, 5), nil},
		{"another family", message(family+1, 5, 5), nil},
		{"cut", batch[:25], []string{"new dest"}},
		{"length beyond the end", message(family, 5, 5)[:18], nil},
		{"empty", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var names []string
			for _, op := range o.decode(tt.data) {
				names = append(names, op.Name)
			}
			if diff := cmp.Diff(tt.want, names); diff != "" {
				t.Errorf("changes (-want +got)\n%s", diff)
			}
		})
	}
}

// advert6Frame is a VRRPv3 advert over IPv6 with a flow label: VRID 52, priority 100.
const advert6Frame = "333300000012 020000000001 86dd" +
	"6c0abcde 0018 70ff fe800000000000000000000000000001 ff020000000000000000000000000012" +
	"31 34 64 01 0064 2222 fe800000000000000000000000000064"

// ahFrame is the advert of advertFrame behind an authentication header.
const ahFrame = "01005e000012 020000000001 0800" +
	"45c0 0040 0007 0000 ff33 1111 c000020b e0000012" +
	"7004 0000 c000020b 00000001 aabbccddeeff001122334455" +
	"21 33 96 01 02 01 2222 c0000264 0000000000000000"

// naFrame is an unsolicited neighbour advertisement for fe80::64.
const naFrame = "333300000001 020000000001 86dd" +
	"60000000 0020 3aff fe800000000000000000000000000064 ff020000000000000000000000000001" +
	"88 00 0000 20000000 fe800000000000000000000000000064 0201 020000000001"

func TestDecodeAdvertOverIPv6(t *testing.T) {
	t.Parallel()
	a, ok := decodeAdvert(frame(t, advert6Frame))
	if !ok {
		t.Fatal("not an advert")
	}
	got := map[string]any{
		"src": a.Src.String(), "dst": a.Dst.String(), "version": a.Version, "vrid": a.VRID,
		"priority": a.Priority, "id": a.ID(), "hops": a.TTL(), "body": len(a.Body),
	}
	want := map[string]any{
		"src": "fe80::1", "dst": "ff02::12", "version": 3, "vrid": uint8(52),
		"priority": uint8(100), "id": uint16(0), "hops": uint8(255), "body": 24,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("advert (-want +got)\n%s", diff)
	}
	other, _ := decodeAdvert(frame(t, strings.Replace(advert6Frame, "6c0abcde", "6c012345", 1)))
	if diff := cmp.Diff(a.WithoutID(), other.WithoutID()); diff != "" {
		t.Errorf("adverts that differ by the flow label only (-one +other)\n%s", diff)
	}
}

func TestDecodeAdvertBehindAH(t *testing.T) {
	t.Parallel()
	a, ok := decodeAdvert(frame(t, ahFrame))
	if !ok || a.VRID != 51 || len(a.AH) != 24 || len(a.Body) != 20 {
		t.Fatalf("got %+v, %v", a, ok)
	}
	other, _ := decodeAdvert(frame(t, strings.Replace(ahFrame, "aabbccdd", "00112233", 1)))
	if diff := cmp.Diff(a.WithoutID(), other.WithoutID()); diff != "" {
		t.Errorf("adverts that differ by the check value only (-one +other)\n%s", diff)
	}
	other, _ = decodeAdvert(frame(t, strings.Replace(ahFrame, "00000001 aabb", "00000002 aabb", 1)))
	if cmp.Equal(a.WithoutID(), other.WithoutID()) {
		t.Error("the sequence number is lost")
	}
}

func TestDecodeNA(t *testing.T) {
	t.Parallel()
	na, ok := decodeNA(frame(t, naFrame))
	if !ok || na.Target.String() != "fe80::64" || na.Src != na.Target || !na.Override || na.Dst.String() != "ff02::1" {
		t.Errorf("got %+v, %v", na, ok)
	}
	for _, other := range []string{advert6Frame, advertFrame, arpFrame} {
		if na, ok := decodeNA(frame(t, other)); ok {
			t.Errorf("%s is taken for %+v", other, na)
		}
	}
}
