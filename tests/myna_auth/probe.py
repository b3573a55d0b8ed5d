"""A purpose that remembers what it was told, to see what a real one would get."""

from myna_auth.purposes import IdentificationPurpose


class ProbePurpose(IdentificationPurpose):
    calls: list[tuple] = []

    def begin(self, request):
        self.calls.append(("begin", dict(request.POST.items())))

    def complete(self, request, identity):
        self.calls.append(("complete", identity))
        return "/done/"

    def interrupted(self, request, reason):
        self.calls.append(("interrupted", reason))
        return f"/interrupted/{reason}/"

    def repeated(self, request):
        self.calls.append(("repeated",))
        return "/repeated/"
