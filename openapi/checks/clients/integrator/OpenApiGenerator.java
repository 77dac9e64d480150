import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.MeApi;
import org.openapitools.client.api.MeApi.APIGetMeRequest;
import org.openapitools.client.api.MeetingsApi;
import org.openapitools.client.api.MeetingsApi.APIBulkAttendanceRequest;
import org.openapitools.client.api.MeetingsApi.APIListAttendanceRequest;
import org.openapitools.client.api.MeetingsApi.APIListMeetingsRequest;
import org.openapitools.client.model.AttendanceLine;
import org.openapitools.client.model.AttendanceLines;
import org.openapitools.client.model.AttendanceStatus;
import org.openapitools.client.model.BulkResult;
import org.openapitools.client.model.Meeting;

/** The integrator's story: what is owed, a line that fails, its correction, a retry, the result. */
class OpenApiGenerator {
    static final UUID COUNCIL = UUID.fromString(System.getenv("COUNCIL_ID"));
    static final UUID MEETING = UUID.fromString(System.getenv("MEETING_ID"));

    final ObjectMapper mapper = ApiClient.createDefaultObjectMapper();
    final ApiClient client = new ApiClient(ApiClient.createDefaultHttpClientBuilder(), mapper, System.getenv("OUTTURN_URL"));
    final MeetingsApi meetings;

    OpenApiGenerator() {
        // Without this the generated code refuses null for a member that is one of several types.
        mapper.setDefaultSetterInfo(JsonSetter.Value.forValueNulls(Nulls.SKIP));
        // Without this the text "1.10" in a row of a report becomes a number.
        mapper.coercionConfigDefaults().setCoercion(CoercionInputShape.String, CoercionAction.Fail);
        client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + System.getenv("OUTTURN_TOKEN")));
        // An API takes its settings from the client as it is made.
        meetings = new MeetingsApi(client);
    }

    String role() throws ApiException {
        return new MeApi(client).getMe(APIGetMeRequest.newBuilder().build()).getRole().getValue();
    }

    List<String> openMeetings() throws ApiException {
        var request = APIListMeetingsRequest.newBuilder().register("open").councilId(COUNCIL).build();
        return meetings.listMeetings(request).getData().stream().map(Meeting::getTitle).toList();
    }

    Map<String, Object> send(String key, String role) throws ApiException {
        var line = new AttendanceLine().meetingId(MEETING).councilId(COUNCIL).role(role).status(AttendanceStatus.PRESENT);
        var lines = new AttendanceLines().addLinesItem(line);
        var request = APIBulkAttendanceRequest.newBuilder().idempotencyKey(key + "-" + MEETING).attendanceLines(lines).build();
        BulkResult result = meetings.bulkAttendance(request);
        var faults = result.getResults().stream().flatMap(one -> one.getErrors().stream());
        return Map.of("created", result.getCreated(), "codes", faults.map(fault -> fault.getCode()).toList());
    }

    List<String> statuses() throws ApiException {
        var records = meetings.listAttendance(APIListAttendanceRequest.newBuilder().meetingId(MEETING).build()).getData();
        return records.stream().map(record -> record.getStatus().getValue()).toList();
    }

    public static void main(String[] args) throws Exception {
        var story = new OpenApiGenerator();
        var told = List.of(
            story.role(),
            story.openMeetings(),
            story.send("wrong", "chief_executive"),
            story.send("right", "lead_member"),
            story.send("right", "lead_member"),
            story.statuses());
        System.out.println(story.mapper.writeValueAsString(told));
    }
}
